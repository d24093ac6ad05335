import { expect } from "vitest";
import type { ModuleComparison } from "../../src/vhack/compareVHack.ts";
import type { HackDirections } from "../../src/vhack/vHackFile.ts";
import { expectWithin, gamma, unitRoundoff32, unitRoundoff64 } from "../support/tolerance.ts";
import { isZero, rowOf } from "./directions.ts";

type Modules = ReadonlyMap<string, HackDirections>;
type Compare = (older: Modules, newer: Modules) => ModuleComparison[];

/** Rows are stored in float32: orthonormal to its rounding, so a span differs from itself by no more than this. */
const spanBound = ({ k, r }: HackDirections) => gamma(4 * r * k + 16, unitRoundoff32);
const mapV = (modules: Modules, change: (v: number[], r: number) => number[]): Map<string, HackDirections> =>
  new Map(
    [...modules].map(([name, directions]) => [
      name,
      { ...directions, v: Float64Array.from(change(Array.from(directions.v), directions.r)) },
    ]),
  );

const rowsLeft = (directions: HackDirections) =>
  [...directions.s.keys()].filter((i) => !isZero(rowOf(directions, i))).length;

/** Laws of the comparison of two v_hack, for the real one and for its mutants. */
export const compareLaws = {
  findsNoChangeInItself(compare: Compare, modules: Modules): void {
    for (const { moduleName, anglesRadians, signAgreement, singularRatios } of compare(modules, modules)) {
      const directions = modules.get(moduleName)!;
      const left = rowsLeft(directions);
      expect(anglesRadians.length).toBe(left);
      for (const angle of anglesRadians) expectWithin(angle, 0, spanBound(directions), moduleName);
      expect(signAgreement).toBe(left === 0 ? Number.NaN : 1);
      expect(singularRatios.length).toBe(directions.k);
      expect([...singularRatios]).toEqual([...singularRatios].map(() => 1));
    }
  },

  seesSignsNotAngles(compare: Compare, modules: Modules): void {
    for (const { moduleName, anglesRadians, signAgreement } of compare(
      modules,
      mapV(modules, (v) => v.map((x) => -x)),
    )) {
      for (const angle of anglesRadians) expectWithin(angle, 0, spanBound(modules.get(moduleName)!), moduleName);
      expect(signAgreement).toBe(rowsLeft(modules.get(moduleName)!) === 0 ? Number.NaN : 0);
    }
  },

  isSymmetric(compare: Compare, older: Modules, newer: Modules): void {
    const back = compare(newer, older);
    compare(older, newer).forEach(({ anglesRadians }, m) =>
      anglesRadians.forEach((angle, i) =>
        expectWithin(back[m]!.anglesRadians[i]!, angle, 16 * unitRoundoff32, `angle ${i}`),
      ),
    );
  },

  /** A turn by a known angle out of the span, small ones included: acos would lose those under 1e-8. */
  measuresTurns(compare: Compare, angle: number): void {
    const still: Modules = new Map([
      ["a", { v: Float64Array.of(1, 0, 0, 0, 1, 0), s: Float64Array.of(2, 1), k: 2, r: 3 }],
    ]);
    const turned = mapV(still, () => [1, 0, 0, 0, Math.cos(angle), Math.sin(angle)]);
    const [{ anglesRadians, signAgreement }] = compare(still, turned) as [ModuleComparison];
    expectWithin(anglesRadians[0]!, 0, 16 * unitRoundoff64, "the row that stayed");
    expectWithin(anglesRadians[1]!, angle, 64 * unitRoundoff64 * (1 + angle), "the row that turned");
    expect(signAgreement).toBe(1);
  },

  ratesStrength(compare: Compare, modules: Modules): void {
    const stronger = new Map(
      [...modules].map(([name, directions]) => [name, { ...directions, s: directions.s.map((s) => 2 * s) }]),
    );
    for (const { singularRatios } of compare(modules, stronger))
      expect([...singularRatios]).toEqual([...singularRatios].map(() => 2));
  },
};
