import fc from "fast-check";
import { expect } from "vitest";
import { answer, subtleAnswer } from "../../../src/miniature/world/family.ts";
import { numberFilters } from "../../../src/miniature/world/numberFilter.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { anyConstants, anyFamily, anyNums, familyNamed } from "../anyWorld.ts";

const sum = familyNamed("sum-times-above");
const constants = { a: 3, b: 7 };
const unconditional: typeof answer = (family, { a }, nums) => answer({ ...family, filter: null }, { a, b: 0 }, nums);
const orMinusOne: typeof answer = (...args) => answer(...args) || -1;

lawsOf("answer", answer, (law) => {
  law("is 0 when there is nothing to aggregate: answer([]) = 0", {
    for: [anyFamily, anyConstants],
    holds: (answerOf, family, numbers) => expect(answerOf(family, numbers, [])).toBe(0),
    rejects: { "-1 for nothing": [orMinusOne, sum, constants] },
  });

  law("composes over joined lists: sum and count add, largest takes the maximum, first the left one", {
    for: [anyFamily, anyConstants, anyNums, anyNums],
    holds: (answerOf, family, numbers, left, right) => {
      const [l, r, both] = [left, right, [...left, ...right]].map((nums) => answerOf(family, numbers, nums));
      if (family.aggregate === "sum" || family.aggregate === "count") expect(both).toBe(l! + r!);
      if (family.aggregate === "largest") expect(both).toBe(Math.max(l!, r!));
      if (family.aggregate === "first") expect(l === 0 ? [0, r] : [l]).toContain(both);
      if (family.aggregate === "distinct") {
        expect(both).toBeGreaterThanOrEqual(Math.max(l!, r!));
        expect(both).toBeLessThanOrEqual(l! + r!);
      }
    },
    rejects: { "the subtle answer": [subtleAnswer, sum, constants, [9], [10]] },
  });

  law("is invariant to order, `first` excepted: answer(reverse(nums)) = answer(nums)", {
    for: [anyFamily, anyConstants, anyNums],
    holds: (answerOf, family, numbers, nums) => {
      if (family.aggregate !== "first")
        expect(answerOf(family, numbers, [...nums].reverse())).toBe(answerOf(family, numbers, nums));
    },
    rejects: { "the subtle answer": [subtleAnswer, sum, constants, [9, 10]] },
  });

  law("is invariant to numbers that fail the condition: answer(x + nums) = answer(nums) when not condition(x)", {
    for: [anyFamily, anyConstants, anyNums, fc.integer({ min: 1, max: 30 })],
    holds: (answerOf, family, numbers, nums, dropped) => {
      if (family.filter === null || numberFilters[family.filter].holds(dropped, numbers.b)) return;
      expect(answerOf(family, numbers, [dropped, ...nums])).toBe(answerOf(family, numbers, nums));
    },
    rejects: { "a forgotten condition": [unconditional, sum, constants, [9], 5] },
  });
});
