import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Adapter } from "../adapter/adapter.ts";
import { NonFiniteError } from "../errors.ts";
import { nllLoss } from "../loss/nllLoss.ts";
import { chunksOf } from "../numeric/chunksOf.ts";
import { completionLogps } from "../decoder/logps.ts";
import type { Qwen3Model } from "../decoder/model.ts";
import { forward } from "../decoder/perSampleGradients.ts";
import { raggedBatch } from "../decoder/raggedBatch.ts";
import type { Progress } from "./progress.ts";
import type { TokenRow } from "./tokenRows.ts";

/** What a model says of one row. */
export interface RowNll {
  /** log-probability of each completion token, nats */
  readonly logps: number[];
  /** minus their mean */
  readonly nll: number;
}

/** How many rows pass through the model at once, and who is told how far it has come. */
export interface Passes {
  readonly rowsAtOnce: number;
  readonly progress: Progress;
}

/** Score rows, `rowsAtOnce` per forward pass. */
export async function scoreRows(
  model: Qwen3Model,
  rows: readonly TokenRow[],
  { rowsAtOnce, progress }: Passes,
): Promise<RowNll[]> {
  const scored: RowNll[] = [];
  const task = progress.begin("score", rows.length, "rows");
  for (const chunk of chunksOf(rows, rowsAtOnce)) {
    const batch = raggedBatch(chunk);
    const logps = completionLogps(model, batch);
    scored.push(...perRow((await logps.data()) as Float32Array, batch.completionStarts));
    logps.dispose();
    task.advance(batch.size);
  }
  task.end();
  return scored;
}

/**
 * Score rows and take every row's NLL gradient with respect to the knobs.
 *
 * @returns per row the gradients of all modules end to end, without padding, [n, R]
 */
export async function scoreRowsWithGradients(
  model: Qwen3Model,
  { adapter, knobs }: { readonly adapter: Adapter; readonly knobs: Tensor2D },
  rows: readonly TokenRow[],
  { rowsAtOnce, progress }: Passes,
): Promise<{ scored: RowNll[]; gradients: Float32Array; R: number }> {
  const { widths, P } = adapter.layout;
  const R = widths.reduce((sum, width) => sum + width, 0);
  const gradients = new Float32Array(rows.length * R);
  const scored: RowNll[] = [];
  const task = progress.begin("score with gradients", rows.length, "rows");
  let into = 0;
  for (const chunk of chunksOf(rows, rowsAtOnce)) {
    const batch = raggedBatch(chunk);
    const pass = await forward(model, batch);
    const taken = pass.backward(adapter, knobs, nllLoss(pass.logps, batch.completionStarts).dLogps);
    const table = (await taken.data()) as Float32Array;
    taken.dispose();
    for (let row = 0; row < batch.size * widths.length; row++) {
      const width = widths[row % widths.length]!;
      gradients.set(table.subarray(row * P, row * P + width), into);
      into += width;
    }
    scored.push(...perRow(pass.logps, batch.completionStarts));
    task.advance(batch.size);
  }
  task.end();
  return { scored, gradients, R };
}

function perRow(logps: Float32Array, starts: Int32Array): RowNll[] {
  return Array.from({ length: starts.length - 1 }, (_, b) => {
    const own = Array.from(logps.subarray(starts[b], starts[b + 1]));
    const broken = own.find((logp) => !Number.isFinite(logp));
    if (broken !== undefined)
      throw new NonFiniteError(
        `score: expected finite log-probabilities, got ${broken}; the weights hold NaN or overflow`,
      );
    return { logps: own, nll: -own.reduce((sum, logp) => sum + logp, 0) / own.length };
  });
}
