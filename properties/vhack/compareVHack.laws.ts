import fc from "fast-check";
import { expect } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { compareVHack, type ModuleComparison } from "../../src/vhack/compareVHack.ts";
import type { HackDirections } from "../../src/vhack/vHackFile.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, gamma, unitRoundoff32, unitRoundoff64 } from "../support/tolerance.ts";
import {
  anyVHackModules,
  changed,
  directionsOf,
  isZero,
  rowOf,
  sparseVHackModules,
  toothModules,
} from "./directions.ts";

type Modules = ReadonlyMap<string, HackDirections>;
type Compare = (older: Modules, newer: Modules) => ModuleComparison[];

const twoOfOneShape = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 3, max: 6 }))
  .chain(([k, r]) => fc.tuple(directionsOf(k, r), directionsOf(k, r)))
  .map(([a, b]): [Modules, Modules] => [new Map([["m", a]]), new Map([["m", b]])]);
const anyAngle = fc.oneof(fc.double({ min: 0, max: 1.5, noNaN: true }), fc.constantFrom(1e-9, 1e-12));

const module = (r: number, rows: readonly number[][], s: readonly number[]) =>
  new Map([["m", { v: Float64Array.from(rows.flat()), s: Float64Array.from(s), k: rows.length, r }]]);
const e = (r: number, j: number) => Array.from({ length: r }, (_, i) => Number(i === j));

/** Rows are stored in float32: orthonormal to its rounding, so a span differs from itself by no more than this. */
const spanBound = ({ k, r }: HackDirections) => gamma(4 * r * k + 16, unitRoundoff32);
const rowsLeft = (directions: HackDirections) =>
  [...directions.s.keys()].filter((i) => !isZero(rowOf(directions, i))).length;

const withoutZeroRows = () => new Map([...toothModules()].slice(0, 1));
const withoutFirst = () => new Map([...toothModules()].slice(1));

const remade =
  (change: (result: ModuleComparison) => Partial<ModuleComparison>): Compare =>
  (older, newer) =>
    compareVHack(older, newer).map((result) => ({ ...result, ...change(result) }));
const arcCosine = remade(({ anglesRadians }) => ({
  anglesRadians: anglesRadians.map((angle) => Math.acos(Math.min(1, Math.cos(angle)))),
}));
const signedAngle = remade(({ anglesRadians, signAgreement }) => ({
  anglesRadians: anglesRadians.map((angle) => (signAgreement < 1 ? Math.PI - angle : angle)),
}));
const oneWay: Compare = (older, newer) =>
  compareVHack(older, newer).map((result) => ({
    ...result,
    anglesRadians: result.anglesRadians.map((a) => a + [...older.values()][0]!.v[0]!),
  }));
const oneSign = remade(() => ({ signAgreement: 1 }));

lawsOf<Compare>("compareVHack", compareVHack, (law) => {
  law("finds no change in itself: an angle 0 per row that is not zero, signs agree, ratios 1", {
    for: [sparseVHackModules],
    holds: (compare, modules) => {
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
    rejects: {
      "differences for ratios": [
        remade(({ singularRatios }) => ({ singularRatios: singularRatios.map((x) => x - 1) })),
        withoutZeroRows(),
      ],
    },
  });

  law("sees a sign: v -> -v keeps the angles at 0 and drops signAgreement to 0", {
    else: "a v_hack turned about face passes the regression",
    for: [sparseVHackModules],
    holds: (compare, modules) => {
      const opposite = changed(modules, ({ v }) => ({ v: v.map((x) => -x) }));
      for (const { moduleName, anglesRadians, signAgreement } of compare(modules, opposite)) {
        for (const angle of anglesRadians) expectWithin(angle, 0, spanBound(modules.get(moduleName)!), moduleName);
        expect(signAgreement).toBe(rowsLeft(modules.get(moduleName)!) === 0 ? Number.NaN : 0);
      }
    },
    rejects: { "signs forgotten": [oneSign, toothModules()], "an angle between rows": [signedAngle, withoutFirst()] },
  });

  law("is symmetric in its angles", {
    for: [twoOfOneShape],
    holds: (compare, [older, newer]) => {
      const back = compare(newer, older);
      compare(older, newer).forEach(({ anglesRadians }, m) =>
        anglesRadians.forEach((angle, i) =>
          expectWithin(back[m]!.anglesRadians[i]!, angle, 16 * unitRoundoff32, `angle ${i}`),
        ),
      );
    },
    rejects: {
      "one-way angles": [
        oneWay,
        [withoutZeroRows(), changed(withoutZeroRows(), () => ({ v: Float32Array.of(0, 1, 0, 0.6, 0, 0.8) }))],
      ],
    },
  });

  law("measures a turn by any angle, small ones too: angle = theta", {
    for: [anyAngle],
    holds: (compare, angle) => {
      // acos would lose angles under 1e-8
      const still = module(3, [e(3, 0), e(3, 1)], [2, 1]);
      const turned = module(3, [e(3, 0), [0, Math.cos(angle), Math.sin(angle)]], [2, 1]);
      const [{ anglesRadians, signAgreement }] = compare(still, turned) as [ModuleComparison];
      expectWithin(anglesRadians[0]!, 0, 16 * unitRoundoff64, "the row that stayed");
      expectWithin(anglesRadians[1]!, angle, 64 * unitRoundoff64 * (1 + angle), "the row that turned");
      expect(signAgreement).toBe(1);
    },
    rejects: { "the arc cosine": [arcCosine, 1e-9] },
  });

  law("rates strength: s -> 2 s gives ratios 2", {
    for: [anyVHackModules],
    holds: (compare, modules) => {
      const stronger = changed(modules, ({ s }) => ({ s: s.map((x) => 2 * x) }));
      for (const { singularRatios } of compare(modules, stronger))
        expect([...singularRatios]).toEqual([...singularRatios].map(() => 2));
    },
    rejects: { "the ratio upside down": [(older, newer) => compareVHack(newer, older), toothModules()] },
  });

  law("compares the rows that both have, with unequal k in either order and zero rows in either", {
    for: [],
    holds: (compare) => {
      const older = module(4, [e(4, 0), [0, 0, 0, 0], e(4, 2)], [4, 2, 1]);
      const newer = module(4, [e(4, 0), e(4, 1)], [2, 6]);
      for (const [a, b, ratios] of [
        [older, newer, [0.5, 3]],
        [newer, older, [2, 2 / 6]],
      ] as const) {
        const [{ anglesRadians, signAgreement, singularRatios }] = compare(a, b) as [ModuleComparison];
        expect(anglesRadians.length).toBe(2);
        [0, Math.PI / 2].forEach((angle, i) =>
          expectWithin(anglesRadians[i]!, angle, 64 * unitRoundoff64, "{e0, e2} and {e0, e1}"),
        );
        expect(signAgreement).toBe(1);
        expect([...singularRatios]).toEqual(ratios);
      }
    },
    rejects: { "the ratio upside down": [(older, newer) => compareVHack(newer, older)] },
  });

  law("counts a row at a right angle as one that does not agree: <old_i, new_i> > 0 fails", {
    for: [],
    holds: (compare) => {
      const share = (before: number[][], after: number[][]) =>
        compare(module(3, before, [2, 1]), module(3, after, [2, 1]))[0]!.signAgreement;
      expect(share([e(3, 0), e(3, 1)], [e(3, 0), e(3, 2)])).toBe(1 / 2);
      expect(share([e(3, 0), e(3, 1)], [e(3, 1), e(3, 2)])).toBe(0);
      expect(
        share(
          [e(3, 0), [0, 0.6, 0.8]],
          [
            [-1, 0, 0],
            [0, 0.8, 0.6],
          ],
        ),
      ).toBe(1 / 2);
      expect(share([e(3, 0), [0, 0, 0]], [[0, 0, 0], e(3, 1)])).toBeNaN();
    },
    rejects: { "signs forgotten": [oneSign] },
  });

  law("has no ratio where a strength is unknown or both are 0: NaN", {
    for: [],
    holds: (compare) => {
      const ratios = (before: number[], after: number[]) => {
        const rows = [e(2, 0), e(2, 1)];
        return [...compare(module(2, rows, before), module(2, rows, after))[0]!.singularRatios];
      };
      expect(ratios([2, 0], [5, 0])).toEqual([2.5, Number.NaN]);
      expect(ratios([2, 1], [Number.NaN, 4])).toEqual([Number.NaN, 4]);
    },
    rejects: {
      "1 for no ratio": [
        remade(({ singularRatios }) => ({ singularRatios: singularRatios.map((x) => (Number.isNaN(x) ? 1 : x)) })),
      ],
    },
  });

  law("rejects files of other modules or widths, naming the first -> ConfigError", {
    for: [],
    holds: (compare) => {
      const modules = toothModules();
      expect(() => compare(modules, withoutFirst())).toThrow(ConfigError);
      expect(() => compare(withoutFirst(), modules)).toThrow(/expected both files to hold a/);
      const wider = changed(modules, () => ({ v: Float64Array.of(1, 0, 0, 0), s: Float64Array.of(1), k: 1, r: 4 }));
      expect(() => compare(modules, wider)).toThrow(/r = 3 for a/);
    },
    rejects: {
      "modules of one file skipped": [
        (older, newer) => {
          const both = (modules: Modules) =>
            new Map([...modules].filter(([name]) => older.has(name) && newer.has(name)));
          return compareVHack(both(older), both(newer));
        },
      ],
    },
  });
});
