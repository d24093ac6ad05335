import * as tf from "@tensorflow/tfjs-core";
import { stepCosines } from "./stepCosines.ts";

/**
 * Cosine of the optimizer's actual step with v_hack.
 *
 *     cosUpdate = mean_m cos(-update_m, v_m)        in [-1, 1]
 *
 * -update is the gradient that was in effect descended, so this has the sign of cos_in and cos_out and compares with them
 * directly: positive means that the step moved hack-ward. It exceeds cos_out where the moments or the preconditioner
 * bring the removed direction back.
 *
 * @param update  knobs after minus knobs before, [M, P]
 * @param vHack   [M, k, P]
 * @throws ShapeError  the tables do not fit
 */
export async function cosUpdate(update: tf.Tensor2D, vHack: tf.Tensor3D): Promise<number> {
  const descended = tf.tidy(() => tf.neg(update) as tf.Tensor2D);
  const { signed } = await stepCosines(descended, vHack);
  descended.dispose();
  return signed;
}
