import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { Adapter } from "../../adapter/adapter.ts";
import type { RolloutRow } from "../../artifact/rolloutRow.ts";
import type { ReplayParts } from "./replayParts.ts";
import type { Student } from "../student.ts";

/**
 * How much the company of a batch changes one sample's gradient: it must not.
 *
 *     deviation = max |g_alone - g_batch| / max |g_alone|
 *
 * One row a step is taken back alone, in turn over the steps: the exact check that samples do not leak into each other.
 *
 * @param gradients  of the whole batch, [B, M, P]
 * @returns 0 for a batch of one
 */
export async function aloneDeviation(
  { model }: Pick<Student, "model">,
  adapter: Adapter,
  parts: ReplayParts,
  knobs: Tensor2D,
  source: readonly RolloutRow[],
  gradients: Tensor3D,
  step: number,
): Promise<number> {
  const place = step % source.length;
  if (source.length === 1) return 0;
  const row = source[place]!;
  const batch = parts.batch([row]);
  const pass = await parts.forward(model, batch);
  const alone = pass.backward(adapter, knobs, parts.loss([row], pass.logps, batch.completionStarts).dLogps);
  const [single, together] = [await alone.data(), await gradients.data()];
  alone.dispose();
  const size = single.length;
  let [deviation, largest] = [0, 0];
  for (let i = 0; i < size; i++) {
    deviation = Math.max(deviation, Math.abs(single[i]! - together[place * size + i]!));
    largest = Math.max(largest, Math.abs(single[i]!));
  }
  return largest === 0 ? deviation : deviation / largest;
}
