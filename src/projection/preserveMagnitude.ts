import * as tf from "@tensorflow/tfjs-core";
import type { Projection } from "./removeAlong.ts";
import { rowNorms } from "./rowNorms.ts";

/** Below this norm a residual counts as nothing, and is not blown up to the gradient's length. */
const smallestNorm = 1e-12;

/**
 * Rescale what a projection left to the length of the gradient it came from, module by module.
 *
 *     projected' = projected |g| / max(|projected|, 1e-12)        [M, P]
 *
 * `removed` stays as it was, so projected' + removed is no longer the gradient. A gradient that lies wholly along v_hack
 * leaves rounding noise; its direction then means nothing although its length does not show it.
 *
 * @param gradient    [M, P]
 * @param projection  of that gradient
 */
export function preserveMagnitude(gradient: tf.Tensor2D, projection: Projection): Projection {
  return tf.tidy(() => {
    const length = tf.maximum(rowNorms(projection.projected), smallestNorm);
    return {
      projected: tf.mul(tf.div(projection.projected, length), rowNorms(gradient)),
      removed: tf.clone(projection.removed),
    };
  });
}
