import { completionLogps } from "../../decoder/logps.ts";
import type { Qwen3Model } from "../../decoder/model.ts";
import { raggedBatch, type Sequence } from "../../decoder/raggedBatch.ts";
import { chunksOf } from "../../numeric/chunksOf.ts";

/** Log-probabilities of each row's completion tokens under the weights in use, `rowsAtOnce` rows per pass; nats. */
export async function logpsOfRows(
  model: Qwen3Model,
  rows: readonly Sequence[],
  rowsAtOnce: number,
): Promise<Float32Array[]> {
  const all: Float32Array[] = [];
  for (const chunk of chunksOf(rows, rowsAtOnce)) {
    const batch = raggedBatch(chunk);
    const { completionStarts } = batch;
    const logps = completionLogps(model, batch);
    const values = (await logps.data()) as Float32Array;
    logps.dispose();
    for (let b = 0; b < batch.size; b++) all.push(values.slice(completionStarts[b], completionStarts[b + 1]));
  }
  return all;
}
