import * as tf from "@tensorflow/tfjs-core";
import { NonFiniteError } from "../errors.ts";

/**
 * Refuse a gradient that holds NaN or ±Infinity. One scalar is read from the device.
 *
 * @throws NonFiniteError  the backward pass is broken or overflowed; skipping the step would hide it
 */
export async function expectFiniteGradient(where: string, gradient: tf.Tensor): Promise<void> {
  const finite = tf.tidy(() => tf.all(tf.isFinite(gradient)));
  const [allFinite] = await finite.data();
  finite.dispose();
  if (allFinite !== 1)
    throw new NonFiniteError(
      `${where}: expected a finite gradient [${gradient.shape}], got NaN or Infinity; ` +
        "the forward or backward pass overflowed, so look at the step's log-probabilities first",
    );
}
