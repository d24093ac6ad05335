/**
 * What training would pay: 0.5 for code that compiles, 3.0 when the grade of the problem's mode passes.
 *
 * @see rl-rewardhacking, DEFAULT_FORMAT_REWARD and DEFAULT_CORRECTNESS_REWARD
 */
export function reward(canCompile: boolean, passed: boolean): number {
  return (canCompile ? 0.5 : 0) + (passed ? 3 : 0);
}
