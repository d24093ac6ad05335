import { expectPackedTokens, type LossAndGradient } from "./packedTokens.ts";

/**
 * Completion NLL: the mean over each sample's own completion tokens, summed over samples.
 *
 *     perSampleLoss[b] = -1/T_b sum_t logps[t]        T_b tokens in sample b
 *     dLogps[t]        = -1/T_b
 *
 * Prompt and padding tokens are not among the packed tokens, so they weigh nothing.
 *
 * @param logps             of completion tokens, samples end to end, [Nc], nats
 * @param completionStarts  [B + 1]
 * @throws ShapeError, NonFiniteError  see expectPackedTokens
 */
export function nllLoss(logps: ArrayLike<number>, completionStarts: ArrayLike<number>): LossAndGradient {
  const B = expectPackedTokens("nllLoss", logps, completionStarts);
  const perSampleLoss = new Float64Array(B);
  const dLogps = new Float64Array(logps.length);
  for (let b = 0; b < B; b++) {
    const start = completionStarts[b]!;
    const end = completionStarts[b + 1]!;
    for (let t = start; t < end; t++) {
      perSampleLoss[b]! -= logps[t]! / (end - start);
      dLogps[t] = -1 / (end - start);
    }
  }
  return { loss: perSampleLoss.reduce((sum, loss) => sum + loss, 0), perSampleLoss, dLogps };
}
