import type { Problem } from "../../environment/problem.ts";
import { ConfigError } from "../../errors.ts";
import { seededRng } from "../../numeric/rng.ts";
import { shuffled } from "../../numeric/shuffled.ts";

/**
 * The problems of one training step, a pure function of seed and step: the file is shuffled anew each time it runs out, and
 * no step meets a problem twice.
 *
 * @throws ConfigError  fewer problems than prompts per step
 */
export function problemsOfStep(
  problems: readonly Problem[],
  promptsPerStep: number,
  seed: number,
  step: number,
): Problem[] {
  const stepsPerPass = Math.floor(problems.length / promptsPerStep);
  if (stepsPerPass === 0)
    throw new ConfigError(
      `grpo: expected at least ${promptsPerStep} problems (--prompts), got ${problems.length} in the file`,
    );
  const pass = Math.floor(step / stepsPerPass);
  const start = (step % stepsPerPass) * promptsPerStep;
  return shuffled(problems, seededRng(seed, "grpo problems", pass)).slice(start, start + promptsPerStep);
}

/** The problems of an evaluation: the same at every step and in every arm. */
export function evaluationProblems(problems: readonly Problem[], count: number, seed: number): Problem[] {
  return shuffled(problems, seededRng(seed, "grpo exam")).slice(0, count);
}
