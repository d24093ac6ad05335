import { expect } from "vitest";
import type { HackDirections } from "../../src/vhack/vHackFile.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../support/tolerance.ts";
import { isZero, rowOf } from "./directions.ts";

type Modules = ReadonlyMap<string, HackDirections>;
type Drop = (modules: Modules, share: number) => Map<string, HackDirections>;

/** Names of the rows that are left. */
function kept(modules: Modules): Set<string> {
  return new Set(
    [...modules].flatMap(([name, directions]) =>
      [...directions.s.keys()].filter((i) => !isZero(rowOf(directions, i))).map((i) => `${name} ${i}`),
    ),
  );
}
const allS = (modules: Modules) => [...modules.values()].flatMap(({ s }) => [...s]);

/** Laws of the noise floors, for the real ones and for their mutants. */
export const noiseFloorLaws = {
  /** numpy.quantile([4, 1, 3, 0.5], [0, .25, .5, .9]) */
  floorAgreesWithNumpy(floor: (modules: Modules, fraction: number) => number, modules: Modules): void {
    for (const [fraction, value] of [
      [0, 0.5],
      [0.25, 0.875],
      [0.5, 2],
      [0.9, 3.7],
    ] as const)
      expectWithin(floor(modules, fraction), value, gamma(8, unitRoundoff64) * 4, `floor at ${fraction}`);
  },

  /** Every row that goes is weaker than every row that stays. */
  dropsTheWeakest(drop: Drop, modules: Modules, fraction: number): void {
    const left = kept(drop(modules, fraction));
    const strengths = (keep: boolean) =>
      [...modules].flatMap(([name, { s }]) => [...s].filter((_, i) => left.has(`${name} ${i}`) === keep));
    expect(Math.max(...strengths(false), -1)).toBeLessThanOrEqual(Math.min(...strengths(true)));
    const dropped = strengths(false).length;
    const rows = allS(modules).length;
    expect(dropped).toBeLessThanOrEqual(Math.ceil(fraction * (rows - 1)));
    const distinct = new Set(allS(modules)).size === rows;
    if (distinct) expect(dropped).toBeGreaterThanOrEqual(Math.floor(fraction * (rows - 1)));
  },

  isMonotone(drop: Drop, modules: Modules, a: number, b: number): void {
    const [fewer, more] = [kept(drop(modules, Math.max(a, b))), kept(drop(modules, Math.min(a, b)))];
    expect([...fewer].filter((row) => !more.has(row))).toEqual([]);
  },

  keepsTheRest(drop: Drop, modules: Modules, share: number): void {
    const before = [...modules].map(([name, { v, s }]) => [name, v.slice(), s.slice()]);
    const dropped = drop(modules, share);
    expect(
      [...modules].map(([name, { v, s }]) => [name, v, s]),
      "the modules that were given",
    ).toEqual(before);
    for (const [name, directions] of dropped) {
      const original = modules.get(name)!;
      expect(directions.s).toEqual(original.s);
      for (const i of original.s.keys())
        if (!isZero(rowOf(directions, i))) expect(rowOf(directions, i)).toEqual(rowOf(original, i));
    }
  },

  dropsNothingAtZero(drop: Drop, modules: Modules): void {
    expect([...drop(modules, 0)]).toEqual([...modules]);
  },

  ratioIsPerModule(drop: Drop, modules: Modules, threshold: number): void {
    for (const [name, directions] of drop(modules, threshold)) {
      const { s } = modules.get(name)!;
      for (const i of s.keys())
        if (!isZero(rowOf(modules.get(name)!, i))) expect(isZero(rowOf(directions, i))).toBe(s[i]! < threshold * s[0]!);
    }
  },
};
