import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { compareVHack, principalAngles } from "../../src/vhack/compareVHack.ts";
import { matrix } from "../../src/numeric/matrix.ts";
import { orthonormalRows } from "../support/arbitraries.ts";
import { compareLaws } from "./compareVHack.laws.ts";
import { anyVHackModules, directionsOf, toothModules } from "./directions.ts";

const twoOfOneShape = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 3, max: 6 }))
  .chain(([k, r]) => fc.tuple(directionsOf(k, r), directionsOf(k, r)));

describe("compareVHack", () => {
  it("finds no change in itself: angles 0, signs agree, ratios 1", () =>
    fc.assert(fc.property(anyVHackModules, (modules) => compareLaws.findsNoChangeInItself(compareVHack, modules))));

  // ELSE a v_hack turned about face passes the regression
  it("sees a sign: v -> -v keeps the angles at 0 and drops signAgreement to 0", () =>
    fc.assert(fc.property(anyVHackModules, (modules) => compareLaws.seesSignsNotAngles(compareVHack, modules))));

  it("is symmetric in its angles", () =>
    fc.assert(fc.property(twoOfOneShape, ([a, b]) => compareLaws.isSymmetric(compareVHack, new Map([["m", a]]), new Map([["m", b]])))));

  it("measures a turn by any angle, small ones too: angle = theta", () =>
    fc.assert(
      fc.property(fc.oneof(fc.double({ min: 0, max: 1.5, noNaN: true }), fc.constantFrom(1e-9, 1e-12)), (angle) =>
        compareLaws.measuresTurns(compareVHack, angle),
      ),
    ));

  it("rates strength: s -> 2 s gives ratios 2", () => fc.assert(fc.property(anyVHackModules, (modules) => compareLaws.ratesStrength(compareVHack, modules))));

  it("rejects files of other modules or widths, naming the first -> ConfigError", () => {
    const modules = toothModules();
    const without = new Map([...modules].slice(1));
    expect(() => compareVHack(modules, without)).toThrow(ConfigError);
    expect(() => compareVHack(without, modules)).toThrow(/expected both files to hold a/);
    const wider = new Map([...modules].map(([name]) => [name, { v: Float64Array.of(1, 0, 0, 0), s: Float64Array.of(1), k: 1, r: 4 }]));
    expect(() => compareVHack(modules, wider)).toThrow(/r = 3 for a/);
  });
});

describe("principalAngles", () => {
  it("bounds: 0 <= angle <= pi/2, ascending, as many as the smaller span has rows", () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 1, max: 3 }), orthonormalRows(5, 5), orthonormalRows(5, 5), (k, l, a, b) => {
        const top = (rows: number, { data }: { data: Float64Array }) => matrix(rows, 5, data.slice(0, rows * 5));
        const angles = principalAngles(top(k, a), top(l, b));
        expect(angles.length).toBe(Math.min(k, l));
        expect(angles.every((angle, i) => angle >= (angles[i - 1] ?? 0) && angle <= Math.PI / 2)).toBe(true);
      }),
    ));
});
