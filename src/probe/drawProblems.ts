import { shuffled } from "../numeric/shuffled.ts";
import { seededRng } from "../numeric/rng.ts";
import type { Problem } from "../environment/problem.ts";
import { ConfigError } from "../errors.ts";

/**
 * The problems of a pool: `count` of them, in an order that the seed decides.
 *
 * @throws ConfigError  there are fewer problems than steps
 */
export function drawProblems(problems: readonly Problem[], count: number, seed: number): Problem[] {
  if (problems.length < count)
    throw new ConfigError(
      `--steps ${count}: expected at most the ${problems.length} problems of the file; one step is one problem`,
    );
  return shuffled(problems, seededRng(seed, "pool problems")).slice(0, count);
}
