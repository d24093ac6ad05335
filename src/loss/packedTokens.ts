import { NonFiniteError, ShapeError } from "../errors.ts";

/** A loss over packed completion tokens, with its derivative by every token's log-probability. */
export interface LossAndGradient {
  readonly loss: number; // sum over samples
  readonly perSampleLoss: Float64Array; // [B]
  readonly dLogps: Float64Array; // [Nc], dL/dlogp
}

/**
 * Hold packed per-token values against the offsets of their samples.
 *
 * @param completionStarts  [B + 1]; sample b owns tokens completionStarts[b] .. completionStarts[b + 1] - 1
 * @returns                 B
 * @throws ShapeError       offsets do not cover the tokens, or a sample has none: its loss would be 0 / 0
 * @throws NonFiniteError   a value is NaN or infinite
 */
export function expectPackedTokens(
  where: string,
  values: ArrayLike<number>,
  completionStarts: ArrayLike<number>,
): number {
  const B = completionStarts.length - 1;
  if (B < 1 || completionStarts[0] !== 0 || completionStarts[B] !== values.length)
    throw new ShapeError(
      `${where}: expected offsets from 0 to ${values.length} for at least one sample, got [${Array.from(completionStarts)}]`,
    );
  for (let b = 0; b < B; b++) {
    const tokens = completionStarts[b + 1]! - completionStarts[b]!;
    if (tokens < 1)
      throw new ShapeError(`${where}: expected at least one completion token in sample ${b}, got ${tokens}`);
  }
  for (let t = 0; t < values.length; t++)
    if (!Number.isFinite(values[t]))
      throw new NonFiniteError(`${where}: expected finite values, got ${values[t]} at token ${t}`);
  return B;
}
