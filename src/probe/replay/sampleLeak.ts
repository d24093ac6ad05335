/**
 * How much the other rows of a batch change one sample's gradient: they must not.
 *
 *     leak = max |g_alone - g_batch| / max |g_alone|        the numerator itself where g_alone is zero
 *
 * @param alone     the gradient of the sample by itself, [M * P]
 * @param together  its gradient in the batch, [M * P]
 */
export function sampleLeak(alone: ArrayLike<number>, together: ArrayLike<number>): number {
  let [deviation, largest] = [0, 0];
  for (let i = 0; i < alone.length; i++) {
    deviation = Math.max(deviation, Math.abs(alone[i]! - together[i]!));
    largest = Math.max(largest, Math.abs(alone[i]!));
  }
  return largest === 0 ? deviation : deviation / largest;
}
