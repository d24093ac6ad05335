import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NonFiniteError, ShapeError } from "../../src/errors.ts";
import { advantages } from "../../src/loss/advantages.ts";
import { moderate, nonFinite } from "../support/arbitraries.ts";
import { advantageLaws } from "./advantages.statements.ts";

const groups = fc.array(fc.array(moderate, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 });

describe("advantages", () => {
  it("sum to zero over the group: sum_i A_i = 0", () =>
    fc.assert(fc.property(groups, (x) => advantageLaws.sumToZero(advantages, x))));

  // ELSE it is GRPO with its deviation bias, not Dr.GRPO
  it("keep differences of rewards: A_i - A_j = R_i - R_j", () =>
    fc.assert(fc.property(groups, (x) => advantageLaws.keepDifferences(advantages, x))));

  it("are invariant to a shift of the rewards: A(R + c) = A(R)", () =>
    fc.assert(fc.property(groups, moderate, (x, shift) => advantageLaws.ignoreShift(advantages, x, shift))));

  // ELSE rounding makes a group that cannot teach pull in some direction, or its nulls go unseen
  it("vanish for equal rewards and say so: R_i = c -> A = 0 exactly, counted", () =>
    fc.assert(
      fc.property(moderate, fc.integer({ min: 1, max: 8 }), (reward, size) =>
        advantageLaws.vanishForEqualRewards(advantages, reward, size),
      ),
    ));

  it("act per group: together = one by one", () =>
    fc.assert(fc.property(groups, (x) => advantageLaws.keepGroupsApart(advantages, x))));

  it("reject an empty group and a non-finite reward -> ShapeError, NonFiniteError", () => {
    expect(() => advantages([[1], []])).toThrow(ShapeError);
    fc.assert(
      fc.property(nonFinite, (broken) => {
        expect(() => advantages([[1, broken]])).toThrow(NonFiniteError);
      }),
    );
  });
});
