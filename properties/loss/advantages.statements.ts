import { expect } from "vitest";
import type { GroupAdvantages } from "../../src/loss/advantages.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../support/tolerance.ts";

type Advantages = (groups: readonly (readonly number[])[]) => GroupAdvantages;
type Groups = readonly (readonly number[])[];

/** Magnitude of a group's rewards; the smallest normal number where they are smaller, because rounding is absolute there. */
const sizeOf = (rewards: readonly number[]) => rewards.reduce((sum, reward) => sum + Math.abs(reward), 2 ** -1022);
const slices = (groups: Groups, advantages: Float64Array) => {
  let start = 0;
  return groups.map((rewards) => advantages.slice(start, (start += rewards.length)));
};

/** Laws of group advantages, for the real function and for its mutants. */
export const advantageLaws = {
  sumToZero(advantages: Advantages, groups: Groups): void {
    slices(groups, advantages(groups).advantages).forEach((own, g) => {
      const bound = gamma(4 * own.length + 4, unitRoundoff64) * 4 * sizeOf(groups[g]!);
      expectWithin(
        own.reduce((sum, A) => sum + A, 0),
        0,
        bound,
        `group ${g}`,
      );
    });
  },

  keepDifferences(advantages: Advantages, groups: Groups): void {
    slices(groups, advantages(groups).advantages).forEach((own, g) => {
      const rewards = groups[g]!;
      own.forEach((A, i) =>
        expectWithin(
          A - own[0]!,
          rewards[i]! - rewards[0]!,
          gamma(8, unitRoundoff64) * (4 * sizeOf(rewards)),
          `group ${g}`,
        ),
      );
    });
  },

  ignoreShift(advantages: Advantages, groups: Groups, shift: number): void {
    const [plain, shifted] = [
      advantages(groups),
      advantages(groups.map((rewards) => rewards.map((reward) => reward + shift))),
    ];
    const size = Math.max(...groups.map(sizeOf)) + Math.abs(shift) * Math.max(...groups.map(({ length }) => length));
    plain.advantages.forEach((A, i) =>
      expectWithin(shifted.advantages[i]!, A, gamma(32, unitRoundoff64) * 4 * size, `advantage ${i}`),
    );
  },

  /** Equal rewards, whatever their value: exactly zero, and reported. */
  vanishForEqualRewards(advantages: Advantages, reward: number, size: number): void {
    const {
      advantages: A,
      zeroVariance,
      zeroVarianceGroups,
    } = advantages([new Array<number>(size).fill(reward), [0, 1]]);
    expect(Array.from(A.slice(0, size), Math.abs)).toEqual(new Array<number>(size).fill(0));
    expect(zeroVariance).toEqual([true, false]);
    expect(zeroVarianceGroups).toBe(1);
  },

  keepGroupsApart(advantages: Advantages, groups: Groups): void {
    const together = slices(groups, advantages(groups).advantages);
    groups.forEach((rewards, g) => expect(together[g]).toEqual(advantages([rewards]).advantages));
  },
};
