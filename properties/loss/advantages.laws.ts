import fc from "fast-check";
import { expect } from "vitest";
import { NonFiniteError, ShapeError } from "../../src/errors.ts";
import { advantages } from "../../src/loss/advantages.ts";
import { moderate, nonFinite } from "../support/arbitraries.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../support/tolerance.ts";

type Advantages = typeof advantages;
type Groups = readonly (readonly number[])[];

const anyGroups: fc.Arbitrary<Groups> = fc.array(fc.array(moderate, { minLength: 1, maxLength: 8 }), {
  minLength: 1,
  maxLength: 4,
});
const tooth: Groups = [[3.5, 0.5, 0.5, 2.5], [0.1, 0.1, 0.1], [1]];

/** Magnitude of a group's rewards; the smallest normal number where they are smaller, because rounding is absolute there. */
const sizeOf = (rewards: readonly number[]) => rewards.reduce((sum, reward) => sum + Math.abs(reward), 2 ** -1022);
const slices = (groups: Groups, values: Float64Array) => {
  let start = 0;
  return groups.map((rewards) => values.slice(start, (start += rewards.length)));
};

/** Advantages made from each group's rewards in another way. */
const remade =
  (center: (rewards: readonly number[]) => number[]): Advantages =>
  (groups) => ({ ...advantages(groups), advantages: Float64Array.from(groups.flatMap(center)) });
const plainMean = (rewards: readonly number[]) => rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
const deviation = (rewards: readonly number[]) =>
  Math.sqrt(plainMean(rewards.map((reward) => (reward - plainMean(rewards)) ** 2))) + 1e-4;
const noBaseline = remade((rewards) => [...rewards]);

lawsOf("advantages", advantages, (law) => {
  law("sum to zero over the group: sum_i A_i = 0", {
    for: [anyGroups],
    holds: (of, groups) =>
      slices(groups, of(groups).advantages).forEach((own, g) => {
        const bound = gamma(4 * own.length + 4, unitRoundoff64) * 4 * sizeOf(groups[g]!);
        const sum = own.reduce((total, A) => total + A, 0);
        expectWithin(sum, 0, bound, `group ${g}`);
      }),
    rejects: { "no baseline": [noBaseline, tooth] },
  });

  law("keep differences of rewards: A_i - A_j = R_i - R_j", {
    else: "it is GRPO with its deviation bias, not Dr.GRPO",
    for: [anyGroups],
    holds: (of, groups) =>
      slices(groups, of(groups).advantages).forEach((own, g) => {
        const rewards = groups[g]!;
        const bound = gamma(8, unitRoundoff64) * (4 * sizeOf(rewards));
        own.forEach((A, i) => expectWithin(A - own[0]!, rewards[i]! - rewards[0]!, bound, `group ${g}`));
      }),
    rejects: {
      "division by the deviation": [
        remade((rewards) => rewards.map((reward) => (reward - plainMean(rewards)) / deviation(rewards))),
        tooth,
      ],
    },
  });

  law("are invariant to a shift of the rewards: A(R + c) = A(R)", {
    for: [anyGroups, moderate],
    holds: (of, groups, shift) => {
      const plain = of(groups);
      const shifted = of(groups.map((rewards) => rewards.map((reward) => reward + shift)));
      const size = Math.max(...groups.map(sizeOf)) + Math.abs(shift) * Math.max(...groups.map(({ length }) => length));
      plain.advantages.forEach((A, i) =>
        expectWithin(shifted.advantages[i]!, A, gamma(32, unitRoundoff64) * 4 * size, `advantage ${i}`),
      );
    },
    rejects: { "no baseline": [noBaseline, tooth, 5] },
  });

  law("vanish for equal rewards and say so: R_i = c -> A = 0 exactly, counted", {
    else: "rounding makes a group that cannot teach pull in some direction, or its nulls go unseen",
    for: [moderate, fc.integer({ min: 1, max: 8 })],
    holds: (of, reward, size) => {
      const { advantages: A, zeroVarianceGroups } = of([new Array<number>(size).fill(reward), [0, 1]]);
      expect(Array.from(A.slice(0, size), Math.abs)).toEqual(new Array<number>(size).fill(0));
      expect(zeroVarianceGroups).toBe(1);
    },
    rejects: {
      "a mean that rounds": [remade((rewards) => rewards.map((reward) => reward - plainMean(rewards))), 0.1, 3],
      "no report": [(groups) => ({ ...advantages(groups), zeroVarianceGroups: 0 }), 0.5, 3],
    },
  });

  law("act per group: together = one by one", {
    for: [anyGroups],
    holds: (of, groups) => {
      const together = slices(groups, of(groups).advantages);
      groups.forEach((rewards, g) => expect(together[g]).toEqual(of([rewards]).advantages));
    },
    rejects: { "one baseline for all groups": [(groups) => advantages([groups.flat()]), tooth] },
  });

  law("reject an empty group and a non-finite reward -> ShapeError, NonFiniteError", {
    for: [nonFinite],
    holds: (of, broken) => {
      expect(() => of([[1], []])).toThrow(ShapeError);
      expect(() => of([[1, broken]])).toThrow(NonFiniteError);
    },
    rejects: {
      "no check": [() => ({ advantages: new Float64Array(), zeroVarianceGroups: 0 }), Number.NaN],
    },
  });
});
