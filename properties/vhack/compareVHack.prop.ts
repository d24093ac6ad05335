import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { compareVHack, principalAngles, type ModuleComparison } from "../../src/vhack/compareVHack.ts";
import { matrix } from "../../src/numeric/linalg/matrix.ts";
import { orthonormalRows } from "../support/arbitraries.ts";
import { expectWithin, unitRoundoff64 } from "../support/tolerance.ts";
import { compareLaws } from "./compareVHack.statements.ts";
import { anyVHackModules, directionsOf, sparseVHackModules, toothModules } from "./directions.ts";

const twoOfOneShape = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 3, max: 6 }))
  .chain(([k, r]) => fc.tuple(directionsOf(k, r), directionsOf(k, r)));

const anyAngle = fc.oneof(fc.double({ min: 0, max: 1.5, noNaN: true }), fc.constantFrom(1e-9, 1e-12));
const module = (r: number, rows: readonly number[][], s: readonly number[]) =>
  new Map([["m", { v: Float64Array.from(rows.flat()), s: Float64Array.from(s), k: rows.length, r }]]);

describe("compareVHack", () => {
  it("finds no change in itself: an angle 0 per row that is not zero, signs agree, ratios 1", () =>
    fc.assert(fc.property(sparseVHackModules, (modules) => compareLaws.findsNoChangeInItself(compareVHack, modules))));

  // ELSE a v_hack turned about face passes the regression
  it("sees a sign: v -> -v keeps the angles at 0 and drops signAgreement to 0", () =>
    fc.assert(fc.property(sparseVHackModules, (modules) => compareLaws.seesSignsNotAngles(compareVHack, modules))));

  it("is symmetric in its angles", () =>
    fc.assert(
      fc.property(twoOfOneShape, ([a, b]) =>
        compareLaws.isSymmetric(compareVHack, new Map([["m", a]]), new Map([["m", b]])),
      ),
    ));

  it("measures a turn by any angle, small ones too: angle = theta", () =>
    fc.assert(fc.property(anyAngle, (angle) => compareLaws.measuresTurns(compareVHack, angle))));

  it("rates strength: s -> 2 s gives ratios 2", () =>
    fc.assert(fc.property(anyVHackModules, (modules) => compareLaws.ratesStrength(compareVHack, modules))));

  it("compares the rows that both have, with unequal k in either order and zero rows in either", () => {
    const older = module(
      4,
      [
        [1, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 1, 0],
      ],
      [4, 2, 1],
    );
    const newer = module(
      4,
      [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
      ],
      [2, 6],
    );
    for (const [a, b, ratios] of [
      [older, newer, [0.5, 3]],
      [newer, older, [2, 2 / 6]],
    ] as const) {
      const [{ anglesRadians, signAgreement, singularRatios }] = compareVHack(a, b) as [ModuleComparison];
      expect(anglesRadians.length).toBe(2);
      [0, Math.PI / 2].forEach((angle, i) =>
        expectWithin(anglesRadians[i]!, angle, 64 * unitRoundoff64, "{e0, e2} and {e0, e1}"),
      );
      expect(signAgreement).toBe(1);
      expect([...singularRatios]).toEqual(ratios);
    }
  });

  it("counts a row at a right angle as one that does not agree: <old_i, new_i> > 0 fails", () => {
    const share = (before: number[][], after: number[][]) =>
      compareVHack(module(3, before, [2, 1]), module(3, after, [2, 1]))[0]!.signAgreement;
    expect(
      share(
        [
          [1, 0, 0],
          [0, 1, 0],
        ],
        [
          [1, 0, 0],
          [0, 0, 1],
        ],
      ),
    ).toBe(1 / 2);
    expect(
      share(
        [
          [1, 0, 0],
          [0, 1, 0],
        ],
        [
          [0, 1, 0],
          [0, 0, 1],
        ],
      ),
    ).toBe(0);
    expect(
      share(
        [
          [1, 0, 0],
          [0, 0.6, 0.8],
        ],
        [
          [-1, 0, 0],
          [0, 0.8, 0.6],
        ],
      ),
    ).toBe(1 / 2);
    expect(
      share(
        [
          [1, 0, 0],
          [0, 0, 0],
        ],
        [
          [0, 0, 0],
          [0, 1, 0],
        ],
      ),
    ).toBeNaN();
  });

  it("has no ratio where a strength is unknown or both are 0: NaN", () => {
    const rows = [
      [1, 0],
      [0, 1],
    ];
    expect([...compareVHack(module(2, rows, [2, 0]), module(2, rows, [5, 0]))[0]!.singularRatios]).toEqual([
      2.5,
      Number.NaN,
    ]);
    expect([...compareVHack(module(2, rows, [2, 1]), module(2, rows, [Number.NaN, 4]))[0]!.singularRatios]).toEqual([
      Number.NaN,
      4,
    ]);
  });

  it("rejects files of other modules or widths, naming the first -> ConfigError", () => {
    const modules = toothModules();
    const without = new Map([...modules].slice(1));
    expect(() => compareVHack(modules, without)).toThrow(ConfigError);
    expect(() => compareVHack(without, modules)).toThrow(/expected both files to hold a/);
    const wider = new Map(
      [...modules].map(([name]) => [name, { v: Float64Array.of(1, 0, 0, 0), s: Float64Array.of(1), k: 1, r: 4 }]),
    );
    expect(() => compareVHack(modules, wider)).toThrow(/r = 3 for a/);
  });
});

describe("principalAngles", () => {
  it("bounds: 0 <= angle <= pi/2, ascending, as many as the smaller span has rows", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 0, max: 3 }),
        orthonormalRows(5, 5),
        orthonormalRows(5, 5),
        (k, l, a, b) => {
          const top = (rows: number, { data }: { data: Float64Array }) => matrix(rows, 5, data.slice(0, rows * 5));
          const angles = principalAngles(top(k, a), top(l, b));
          expect(angles.length).toBe(Math.min(k, l));
          expect(angles.every((angle, i) => angle >= (angles[i - 1] ?? 0) && angle <= Math.PI / 2)).toBe(true);
        },
      ),
    ));

  it("measures a line against a plane and a plane against a line: the angle that the line makes with the plane", () =>
    fc.assert(
      fc.property(anyAngle, (angle) => {
        const plane = matrix(2, 4, [1, 0, 0, 0, 0, 1, 0, 0]);
        const line = matrix(1, 4, [0, Math.cos(angle), 0, Math.sin(angle)]);
        for (const found of [principalAngles(plane, line), principalAngles(line, plane)]) {
          expect(found.length).toBe(1);
          expectWithin(found[0]!, angle, 64 * unitRoundoff64 * (1 + angle), "the angle between them");
        }
      }),
    ));
});
