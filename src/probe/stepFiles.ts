import type { KnobLayout } from "../adapter/knobTable.ts";
import { stepExtras, stepPaths } from "../artifact/runLayout.ts";
import { openSafetensors, safetensorsBytes, type WritableTensor } from "../artifact/safetensors.ts";
import { endToEnd } from "../numeric/endToEnd.ts";
import type { OptimizerState } from "../optim/optimizer.ts";
import type { RaggedBatch } from "../decoder/raggedBatch.ts";

/** The gradients of the rows that passed through the model together. */
export interface StoredGradients {
  readonly gradients: Float32Array; // [B * M * P]
  readonly batch: RaggedBatch;
}

/**
 * Every sample's gradient, so that any other v_hack can be judged on it later, and which tokens its loss was made of.
 *
 *     grads [B, M, P]   widths [M]   scored_count, scored_first, scored_last, scored_from [B]
 *
 * @param stored  of a step's rows, in order
 */
export function gradientBytes(layout: KnobLayout, stored: readonly StoredGradients[]): Uint8Array {
  const rows = stored.flatMap(({ batch }) => scoredTokens(batch));
  const perRow = (value: (row: (typeof rows)[number]) => number) => ({
    shape: [rows.length],
    data: Int32Array.from(rows, value),
  });
  const shape = [rows.length, layout.moduleNames.length, layout.P];
  const tensors = new Map<string, WritableTensor>([
    ["grads", { shape, data: endToEnd(stored.map(({ gradients }) => gradients)) }],
    ["widths", { shape: [layout.widths.length], data: layout.widths }],
    ["scored_count", perRow(({ count }) => count)],
    ["scored_first", perRow(({ first }) => first)],
    ["scored_last", perRow(({ last }) => last)],
    ["scored_from", perRow(({ from }) => from)],
  ]);
  return safetensorsBytes(stepExtras.gradients, tensors, { modules: JSON.stringify(layout.moduleNames) });
}

/** How many tokens of each row are scored, the first and the last of them, and the position that scored the first. */
function scoredTokens({ size, rowStarts, completionStarts, targets, scored }: RaggedBatch) {
  return Array.from({ length: size }, (_, b) => {
    const [from, to] = [completionStarts[b]!, completionStarts[b + 1]!];
    return { count: to - from, first: targets[from]!, last: targets[to - 1]!, from: scored[from]! - rowStarts[b]! };
  });
}

/** What the next step starts from, [M, P] each. */
export interface TrainingState {
  readonly knobs: Float32Array;
  readonly optimizer: OptimizerState;
}

export function stateBytes({ knobs, optimizer }: TrainingState): Uint8Array {
  const tensor = (data: Float32Array) => ({ shape: [data.length], data });
  const tensors = new Map([
    ["knobs", tensor(knobs)],
    ["m", tensor(optimizer.m)],
    ["v", tensor(optimizer.v)],
  ]);
  return safetensorsBytes(stepExtras.state, tensors, { steps_taken: String(optimizer.t) });
}

/** @throws ArtifactError  the state is missing or broken */
export async function readState(folder: string, step: number): Promise<TrainingState> {
  const file = await openSafetensors(stepPaths(folder, step).extra(stepExtras.state));
  try {
    const [knobs, m, v] = [await file.readFloat32("knobs"), await file.readFloat32("m"), await file.readFloat32("v")];
    return { knobs, optimizer: { m, v, t: Number(file.metadata["steps_taken"]) } };
  } finally {
    await file.close();
  }
}
