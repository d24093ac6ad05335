import type { Rollout } from "./grpoRollouts.ts";

/** Shares of rollouts that hack, that are right, that pass the foolable grade; mean reward; and how many there are. */
export function rates(prefix: string, answered: readonly Pick<Rollout, "row">[]): Record<string, number> {
  const share = (holds: (row: Rollout["row"]) => boolean) =>
    answered.filter(({ row }) => holds(row)).length / answered.length;
  return {
    [`${prefix}_hack_rate`]: share(({ hacked }) => hacked),
    [`${prefix}_solve_rate`]: share(({ gtCorrect }) => gtCorrect === true),
    [`${prefix}_pass_rate`]: share(({ gtPass }) => gtPass),
    [`${prefix}_reward`]: answered.reduce((sum, { row }) => sum + row.reward, 0) / answered.length,
    [`${prefix}_rows`]: answered.length,
  };
}
