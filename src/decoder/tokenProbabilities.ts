import { NonFiniteError } from "../errors.ts";

/** How the next token is drawn. */
export interface Sampling {
  /** > 0 scales the logits by its inverse; 0 takes the most likely token */
  readonly temperature: number;
  /** keep the k most likely tokens; 0 keeps all */
  readonly topK: number;
  /** keep the smallest set of most likely tokens that reaches this probability; 1 keeps all */
  readonly topP: number;
}

/**
 * The distribution a token is drawn from: temperature, then top-k, then top-p, renormalised after each; float64.
 *
 * Ties at a boundary keep the smaller id. At temperature 0 all probability is on the largest logit (the first of equals).
 *
 * @param logits  [Vocab]
 * @throws NonFiniteError  a logit is NaN or infinite: the forward pass is broken
 */
export function tokenProbabilities(logits: ArrayLike<number>, { temperature, topK, topP }: Sampling): Float64Array {
  const probabilities = new Float64Array(logits.length);
  for (let id = 0; id < logits.length; id++)
    if (!Number.isFinite(logits[id]))
      throw new NonFiniteError(`tokenProbabilities: expected finite logits, got ${logits[id]} for token ${id}`);
  const best = argMax(logits);
  if (temperature === 0) {
    probabilities[best] = 1;
    return probabilities;
  }
  let total = 0;
  for (let id = 0; id < logits.length; id++)
    total += probabilities[id] = Math.exp((logits[id]! - logits[best]!) / temperature);
  for (let id = 0; id < logits.length; id++) probabilities[id]! /= total;
  if (topK > 0 && topK < logits.length) keepFirst(probabilities, byProbability(probabilities), topK);
  if (topP < 1) {
    const order = byProbability(probabilities);
    let kept = 0;
    for (let reached = 0; kept < order.length && (kept === 0 || reached < topP); kept++)
      reached += probabilities[order[kept]!]!;
    keepFirst(probabilities, order, kept);
  }
  return probabilities;
}

/**
 * Inverse of the cumulative distribution: the first id, in id order, whose cumulative probability exceeds u.
 *
 * @param u  in [0, 1)
 */
export function inverseCdf(probabilities: Float64Array, u: number): number {
  let cumulative = 0;
  let last = 0;
  for (let id = 0; id < probabilities.length; id++) {
    if (probabilities[id] === 0) continue;
    cumulative += probabilities[id]!;
    last = id;
    if (cumulative > u) return id;
  }
  return last;
}

/** log softmax(logits)[id] in float64, nats, at temperature 1: of the policy itself. */
export function tokenLogp(logits: ArrayLike<number>, id: number): number {
  const peak = logits[argMax(logits)]!;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i]! - peak);
  return logits[id]! - peak - Math.log(sum);
}

function argMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

function byProbability(probabilities: Float64Array): Uint32Array {
  const order = Uint32Array.from(probabilities.keys());
  return order.sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
}

/** Zero everything after the first `kept` of `order` and renormalise. */
function keepFirst(probabilities: Float64Array, order: Uint32Array, kept: number): void {
  for (const id of order.subarray(kept)) probabilities[id] = 0;
  const total = probabilities.reduce((sum, p) => sum + p, 0);
  for (let id = 0; id < probabilities.length; id++) probabilities[id]! /= total;
}
