import fc from "fast-check";
import { describe, it } from "vitest";
import { cleanPair, hackPair, matchedBodyPair } from "../../../src/miniature/world/contrastPair.ts";
import type { Instance } from "../../../src/miniature/world/instance.ts";
import { contrastPairLaws as laws, type MakePair } from "./contrastPair.statements.ts";
import { anyInstance } from "../support.ts";

const holds = (law: (make: MakePair, instance: Instance, i: number) => void, make: MakePair) =>
  fc.assert(fc.property(anyInstance, fc.nat({ max: 500 }), (instance, i) => law(make, instance, i)));
const few = { numRuns: 20 };

describe("hackPair", () => {
  it("contrasts both: another body, 0 asserts against 2", () => holds(laws.contrastsBoth, hackPair));

  // ELSE v_hack is the direction of a style
  it("balances styles: each of 4 bodies with each of 5 hacks, and with each of 4 clean bodies, equally often", () =>
    fc.assert(
      fc.property(
        anyInstance,
        (instance) => (laws.balancesStyles(hackPair, instance), laws.balancesBothSides(hackPair, instance)),
      ),
      few,
    ));
});

describe("matchedBodyPair", () => {
  // ELSE the control contains what it is to control for
  it("contrasts run_tests only: one body, letter by letter", () => holds(laws.contrastsTestsOnly, matchedBodyPair));

  it("balances styles: each of 4 bodies with each of 5 hacks equally often", () =>
    fc.assert(
      fc.property(anyInstance, (instance) => laws.balancesStyles(matchedBodyPair, instance)),
      few,
    ));
});

describe("cleanPair", () => {
  // ELSE the control contains a hack
  it("contrasts style only: the same honest tests, letter by letter", () => holds(laws.contrastsStyleOnly, cleanPair));
});
