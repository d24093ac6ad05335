import fc from "fast-check";
import { describe, it } from "vitest";
import { seededRng } from "../../../src/numeric/rng.ts";
import { crossCheck } from "../../../src/uat/r4/crossCheck.ts";
import { healthyEvidence, leaning, unitDirection } from "../../support/evidence.ts";
import { type CrossCheck, crossCheckLaws, type Recorded } from "./crossCheck.statements.ts";

const v = unitDirection(seededRng(1, "v"));
const healthy = healthyEvidence(1, v, leaning(v, 6));
const check: CrossCheck = (given, ...rest) => crossCheck({ ...healthy, ...given }, ...rest);

const percent = fc.oneof(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 110, max: 1e5 }));
const off = fc.tuple(fc.constantFrom(-1, 1), percent).map(([sign, size]) => (sign * size) / 100);
const gradient = fc.oneof(
  { arbitrary: fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 4, maxLength: 4 }), weight: 3 },
  fc.constantFrom([0, 0, 0, 0], [3, 4, 0, -5]), // no direction; the direction itself, whose cosine is sqrt 2
);
const recorded: fc.Arbitrary<Recorded> = fc.record({ gradient, normOff: off, cosineOff: off, isMissing: fc.boolean() });

describe("crossCheck", () => {
  // ELSE rows, gradients and v_hack of three different runs are judged as one
  it("counts the rows that are off by more than the tolerance, and no other", () =>
    fc.assert(
      fc.property(fc.array(recorded, { maxLength: 5 }), (told) => crossCheckLaws.countsWhatIsOff(check, told)),
    ));

  it("states the largest deviation", () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.integer({ min: 1, max: 9 }).chain((tenth) => fc.constantFrom(tenth, -tenth)),
          { minLength: 1, maxLength: 4 },
        ),
        (tenths) => crossCheckLaws.statesTheLargest(check, tenths),
      ),
    ));

  // ELSE a v_hack that the user names fails for not being the one of the replay
  it("compares cosines unless the user named another file than the rows were made with", () =>
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(fc.constantFrom("v", "w", null), { minLength: 1, maxLength: 3 }),
        (given, hashes) => crossCheckLaws.comparesCosinesOfItsOwnRows(check, given, hashes),
      ),
    ));

  it("accepts the tolerance itself", () => crossCheckLaws.acceptsTheToleranceItself(check));
});
