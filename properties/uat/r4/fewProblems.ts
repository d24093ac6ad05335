import { seededRng } from "../../../src/numeric/rng.ts";
import type { Evidence } from "../../../src/uat/evidence/evidence.ts";
import { healthyEvidence, leaning, unitDirection, withRows, withSteps } from "../../support/evidence.ts";

/** v_hack of `fewProblems`, or another direction of the same shape. */
export const direction = (seed: number, name = "hackward") => unitDirection(seededRng(seed, name));

/** Four problems of six rows, one of them no hack; pure hacks lean along v_hack, and the third module has no gradient at all. */
export function fewProblems(seed: number): Evidence {
  const v = direction(seed);
  const { compLen, gradient } = leaning(v, 3);
  const inTwoModules = healthyEvidence(seed, v, { compLen, gradient: (...given) => gradient(...given).fill(0, 40) });
  const few = withSteps(inTwoModules, "vanilla", (steps) => steps.slice(0, 4));
  return withRows(few, "vanilla", (row, i) => ({ ...row, hacked: i !== 5, gtPass: i % 3 === 0 }));
}
