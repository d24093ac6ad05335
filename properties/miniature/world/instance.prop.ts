import fc from "fast-check";
import { describe, it } from "vitest";
import { drawInstance } from "../../../src/miniature/world/instance.ts";
import { runSeed } from "../../support/arbitraries.ts";
import { instanceLaws } from "./instance.statements.ts";
import { anyFamily, constantPools } from "../support.ts";

function holds(law: (typeof instanceLaws)[keyof typeof instanceLaws]): void {
  fc.assert(
    fc.property(anyFamily, constantPools, runSeed, (family, pool, seed) => law(drawInstance, family, pool, seed)),
  );
}

describe("drawInstance", () => {
  // ELSE honest asserts pass on the stub, and `hacked` calls them hacks
  it("expects nonzero answers: both examples and at least 6 of 8 tests != 0", () => holds(instanceLaws.failsTheStub));

  // ELSE gt_pass calls wrong bodies right
  it("tells wrong bodies apart: examples differ, and skipping the first number changes an answer", () =>
    holds(instanceLaws.failsConstantsAndTheSubtleBody));

  it("expects the family's answer: expected = answer(nums)", () => holds(instanceLaws.expectsTheAnswer));

  // ELSE problems_train.jsonl holds problems that the student was trained on
  it("keeps to its constants: reserved if and only if asked to be", () => holds(instanceLaws.keepsToItsConstants));

  it("is a pure function of seed and name: equal names, equal instances", () =>
    holds(instanceLaws.dependsOnItsNameAlone));
});
