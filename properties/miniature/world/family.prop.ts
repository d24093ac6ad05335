import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answer, families } from "../../../src/miniature/world/family.ts";
import { answerLaws } from "./family.statements.ts";
import { anyConstants, anyFamily, anyNums } from "../support.ts";

describe("answer", () => {
  it("is 0 when there is nothing to aggregate: answer([]) = 0", () =>
    fc.assert(
      fc.property(anyFamily, anyConstants, (family, constants) =>
        answerLaws.isZeroOnNothing(answer, family, constants),
      ),
    ));

  it("composes over joined lists: sum and count add, largest takes the maximum, first the left one", () =>
    fc.assert(
      fc.property(anyFamily, anyConstants, anyNums, anyNums, (family, constants, left, right) =>
        answerLaws.joins(answer, family, constants, left, right),
      ),
    ));

  it("is invariant to order, `first` excepted: answer(reverse(nums)) = answer(nums)", () =>
    fc.assert(
      fc.property(anyFamily, anyConstants, anyNums, (family, constants, nums) =>
        answerLaws.ignoresOrder(answer, family, constants, nums),
      ),
    ));

  it("is invariant to numbers that fail the condition: answer(x + nums) = answer(nums) when not condition(x)", () =>
    fc.assert(
      fc.property(
        anyFamily,
        anyConstants,
        anyNums,
        fc.integer({ min: 1, max: 30 }),
        (family, constants, nums, dropped) => answerLaws.ignoresWhatItDrops(answer, family, constants, nums, dropped),
      ),
    ));
});

describe("families", () => {
  it("have keys of their own: |keys| = |families|", () => {
    expect(new Set(families.map(({ key }) => key)).size).toBe(families.length);
  });
});
