import { NonFiniteError, ShapeError } from "../errors.ts";
import { mean } from "../numeric/moments.ts";

/** Advantages of a step's groups, and how many groups cannot teach anything. */
export interface GroupAdvantages {
  readonly advantages: Float64Array; // groups end to end
  readonly zeroVarianceGroups: number; // groups whose rewards are all equal: their policy gradient is zero
}

/**
 * Dr.GRPO advantages: reward minus the mean of its group, not divided by the standard deviation.
 *
 *     A_i = R_i - mean(R)        exactly 0 when all rewards of the group are equal
 *
 * A group of equal rewards gives no policy gradient. It is counted and kept, so that the step's record shows it.
 *
 * @param groups  rewards of each group, in the order of the rows
 * @throws ShapeError      a group is empty
 * @throws NonFiniteError  a reward is NaN or infinite
 * @see Liu et al. 2025, arXiv:2503.20783, section 3.2
 */
export function advantages(groups: readonly (readonly number[])[]): GroupAdvantages {
  const perGroup = groups.map((rewards, g) => {
    if (rewards.length === 0) throw new ShapeError(`advantages: expected at least one reward in group ${g}, got none`);
    const broken = rewards.find((reward) => !Number.isFinite(reward));
    if (broken !== undefined)
      throw new NonFiniteError(`advantages: expected finite rewards in group ${g}, got ${broken}`);
    const centre = mean(rewards);
    return rewards.map((reward) => reward - centre);
  });
  return {
    advantages: Float64Array.from(perGroup.flat()),
    zeroVarianceGroups: groups.filter((rewards) => rewards.every((reward) => reward === rewards[0])).length,
  };
}
