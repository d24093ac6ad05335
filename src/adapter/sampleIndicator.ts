import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";

/**
 * Which sample each packed token belongs to, as a matrix that sums over a sample's tokens by one product.
 *
 *     indicator[b, n] = 1 where rowStarts[b] <= n < rowStarts[b + 1], else 0        [B, N]
 */
export function sampleIndicator(rowStarts: Int32Array): Tensor2D {
  const B = rowStarts.length - 1;
  const N = rowStarts[B]!;
  const ones = new Float32Array(B * N);
  for (let b = 0; b < B; b++) ones.fill(1, b * N + rowStarts[b]!, b * N + rowStarts[b + 1]!);
  return tf.tensor2d(ones, [B, N]);
}
