import { ConfigError, NonFiniteError } from "../errors.ts";
import { expectPackedTokens, type LossAndGradient } from "./packedTokens.ts";

/**
 * K3 estimate of the KL divergence to a reference policy, as a penalty to be added to the policy loss.
 *
 *     k3      = exp(ref - logp) - (ref - logp) - 1        >= 0, 0 where they agree
 *     loss    = sum_t beta k3 / denominator
 *     dLogp_t = beta (1 - exp(ref - logp)) / denominator
 *
 * @param logps, refLogps    [Nc], nats; the reference is the base model (deltaS = 0)
 * @param completionStarts   [B + 1]
 * @param beta               weight of the penalty, >= 0
 * @param denominator        that of the policy loss
 * @throws ShapeError, NonFiniteError  see expectPackedTokens; NonFiniteError also when k3 overflows
 * @throws ConfigError                 beta < 0 or denominator <= 0
 * @see Schulman 2020, "Approximating KL divergence", estimator k3
 */
export function k3Kl(
  logps: ArrayLike<number>,
  refLogps: ArrayLike<number>,
  completionStarts: ArrayLike<number>,
  beta: number,
  denominator: number,
): LossAndGradient {
  const B = expectPackedTokens("k3Kl: logps", logps, completionStarts);
  expectPackedTokens("k3Kl: refLogps", refLogps, completionStarts);
  if (!(beta >= 0) || !(denominator > 0))
    throw new ConfigError(`k3Kl: expected beta >= 0 and a denominator > 0, got ${beta} and ${denominator}`);
  const perSampleLoss = new Float64Array(B);
  const dLogps = new Float64Array(logps.length);
  for (let b = 0; b < B; b++) {
    const [start, end] = [completionStarts[b]!, completionStarts[b + 1]!];
    for (let t = start; t < end; t++) {
      const gap = refLogps[t]! - logps[t]!;
      const k3 = Math.expm1(gap) - gap;
      perSampleLoss[b]! += (beta * k3) / denominator;
      dLogps[t] = (-beta * Math.expm1(gap)) / denominator;
    }
  }
  const loss = perSampleLoss.reduce((sum, value) => sum + value, 0);
  if (!Number.isFinite(loss))
    // an infinite k3 gives NaN even where beta is 0
    throw new NonFiniteError(
      `k3Kl: expected finite k3, got a loss of ${loss}; are refLogps those of these very tokens?`,
    );
  return { loss, perSampleLoss, dLogps };
}

/** The sum of two losses over the same tokens. */
export function addLosses(a: LossAndGradient, b: LossAndGradient): LossAndGradient {
  return {
    loss: a.loss + b.loss,
    perSampleLoss: a.perSampleLoss.map((value, i) => value + b.perSampleLoss[i]!),
    dLogps: a.dLogps.map((value, t) => value + b.dLogps[t]!),
  };
}
