import fc from "fast-check";
import { beforeAll, describe, it } from "vitest";
import { basisDrift, meaningOfVHack } from "../../../src/probe/replay/basisDrift.ts";
import { defaultMemoryBytes, startBackend } from "../../../src/tensor/backend.ts";
import { float32Vector } from "../../support/arbitraries.ts";
import { driftLaws, meaningLaws, type Meant, pair } from "./basisDrift.statements.ts";

beforeAll(() => startBackend({ name: "cpu", memoryBytes: defaultMemoryBytes, tensorflowFolder: null }));

const angle = fc.double({ min: 0, max: Math.PI / 2, noNaN: true });
const whole = (length: number) => fc.array(fc.integer({ min: -3, max: 3 }), { minLength: length, maxLength: length });
const factors = fc.tuple(whole(8), whole(6)).map(([a, b]) => pair(a, b));
const modules: fc.Arbitrary<Meant[]> = fc.array(fc.record({ start: factors, now: factors, v: factors }), {
  minLength: 1,
  maxLength: 3,
});

describe("basisDrift", () => {
  // ELSE a LoRA's v_hack that no longer points where it was extracted passes for one that does
  it("measures planted turns: means over modules of the largest angles of A and of B, and of A's squared cosines", () =>
    fc.assert(
      fc.property(fc.array(fc.record({ a: angle, b: angle }), { minLength: 1, maxLength: 3 }), (turns) =>
        driftLaws.measuresPlantedTurns(basisDrift, turns),
      ),
    ));

  it("is invariant to the basis: A' = T A, B' = B T^-1 -> angle 0, overlap 1", () =>
    fc.assert(
      fc.property(angle, fc.integer({ min: -3, max: 3 }), (turn, shear) =>
        driftLaws.ignoresTheBasis(basisDrift, turn, shear),
      ),
    ));

  it("reports a right angle where B was zero: pi / 2", () => driftLaws.seesBComeIntoBeing(basisDrift));

  it("reports none for AntiPaSTO: angles 0, overlap 1, meaning 1", () =>
    fc.assert(fc.property(float32Vector(6), (knobs) => driftLaws.isNoneForAFrozenBasis(basisDrift, [...knobs]))));
});

describe("meaningOfVHack", () => {
  // ELSE the report says that v_hack still means the same change of the weights when it does not
  it("agrees with differences: cos(D_start(v), D_now(v)), D(v) = d/de (B + e vB)(A + e vA), mean over modules", () =>
    fc.assert(fc.property(modules, (drawn) => meaningLaws.agreesWithDifferences(meaningOfVHack, drawn))));

  it("is 1 while nothing moves, 0 where v changes nothing", () =>
    fc.assert(fc.property(modules, (drawn) => meaningLaws.isOneWhileNothingMoves(meaningOfVHack, drawn))));
});
