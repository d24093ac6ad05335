import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { dropLowestRows, dropWeakRows, noiseFloor } from "../../src/vhack/noiseFloor.ts";
import { anyVHackModules, toothModules } from "./directions.ts";
import { noiseFloorLaws } from "./noiseFloor.statements.ts";

const fraction = fc.double({ min: 0, max: 0.99, noNaN: true });
const unknownS = () =>
  new Map(
    [...toothModules()].map(([name, directions]) => [name, { ...directions, s: directions.s.map(() => Number.NaN) }]),
  );
/** One row of the two of a module without its strength. */
const partlyKnownS = () =>
  new Map(
    [...toothModules()].map(([name, directions]) => [name, { ...directions, s: Float64Array.of(4, Number.NaN) }]),
  );

describe("noiseFloor", () => {
  it("agrees with numpy: quantile of all singular values of all modules", () =>
    noiseFloorLaws.floorAgreesWithNumpy(noiseFloor, toothModules()));

  it("rejects a fraction outside [0, 1) and unknown singular values -> ConfigError", () => {
    for (const wrong of [1, -0.1, Number.NaN]) expect(() => noiseFloor(toothModules(), wrong)).toThrow(ConfigError);
    expect(() => noiseFloor(unknownS(), 0.25)).toThrow(/singular values/);
    expect(() => noiseFloor(partlyKnownS(), 0.25)).toThrow(/singular values S\/a,/);
  });
});

describe("dropLowestRows", () => {
  // ELSE the floor keeps noise and drops the hack
  it("drops the weakest rows over all modules: about fraction (rows - 1) of them", () =>
    fc.assert(
      fc.property(anyVHackModules, fraction, (modules, share) =>
        noiseFloorLaws.dropsTheWeakest(dropLowestRows, modules, share),
      ),
    ));

  it("is monotone in the fraction: more dropped keeps a subset", () =>
    fc.assert(
      fc.property(anyVHackModules, fraction, fraction, (modules, a, b) =>
        noiseFloorLaws.isMonotone(dropLowestRows, modules, a, b),
      ),
    ));

  it("leaves the other rows and every s as they were", () =>
    fc.assert(
      fc.property(anyVHackModules, fraction, (modules, share) =>
        noiseFloorLaws.keepsTheRest(dropLowestRows, modules, share),
      ),
    ));

  it("drops nothing at 0", () =>
    fc.assert(fc.property(anyVHackModules, (modules) => noiseFloorLaws.dropsNothingAtZero(dropLowestRows, modules))));
});

describe("dropWeakRows", () => {
  it("drops per module: s_i < threshold s_0, never the first", () =>
    fc.assert(
      fc.property(anyVHackModules, fraction, (modules, share) =>
        noiseFloorLaws.ratioIsPerModule(dropWeakRows, modules, share),
      ),
    ));

  it("is monotone in the threshold: more dropped keeps a subset", () =>
    fc.assert(
      fc.property(anyVHackModules, fraction, fraction, (modules, a, b) =>
        noiseFloorLaws.isMonotone(dropWeakRows, modules, a, b),
      ),
    ));

  it("leaves the other rows and every s as they were", () =>
    fc.assert(
      fc.property(anyVHackModules, fraction, (modules, share) =>
        noiseFloorLaws.keepsTheRest(dropWeakRows, modules, share),
      ),
    ));

  it("drops nothing at 0", () =>
    fc.assert(fc.property(anyVHackModules, (modules) => noiseFloorLaws.dropsNothingAtZero(dropWeakRows, modules))));

  it("keeps a row at the threshold itself: s_i = threshold s_0 stays, and threshold 1 keeps every row as strong as the first", () => {
    const left = (s: number[], threshold: number) => {
      const { v } = dropWeakRows(
        new Map([["a", { v: Float32Array.of(1, 0, 0, 1), s: Float64Array.from(s), k: 2, r: 2 }]]),
        threshold,
      ).get("a")!;
      return [...v];
    };
    expect(left([4, 1], 0.25)).toEqual([1, 0, 0, 1]);
    expect(left([4, 1], 0.5)).toEqual([1, 0, 0, 0]);
    expect(left([4, 4], 1)).toEqual([1, 0, 0, 1]);
    expect(left([4, 3], 1)).toEqual([1, 0, 0, 0]);
  });

  it("rejects a threshold outside [0, 1] and unknown singular values -> ConfigError", () => {
    for (const wrong of [1.1, -0.1, Number.NaN]) expect(() => dropWeakRows(toothModules(), wrong)).toThrow(ConfigError);
    expect(() => dropWeakRows(unknownS(), 0.25)).toThrow(ConfigError);
    expect(() => dropWeakRows(partlyKnownS(), 0.25)).toThrow(/singular values S\/a,/);
  });
});
