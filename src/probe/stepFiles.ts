import type { Tensor3D } from "@tensorflow/tfjs-core";
import type { KnobLayout } from "../adapter/knobTable.ts";
import { stepExtras, stepPaths } from "../artifact/runLayout.ts";
import { openSafetensors, safetensorsBytes, type WritableTensor } from "../artifact/safetensors.ts";
import type { OptimizerState } from "../optim/optimizer.ts";
import type { RaggedBatch } from "../decoder/raggedBatch.ts";

/**
 * Every sample's gradient, so that any other v_hack can be judged on it later, and which tokens its loss was made of.
 *
 *     grads [B, M, P]   widths [M]   scored_count, scored_first, scored_last, scored_from [B]
 */
export async function gradientBytes(gradients: Tensor3D, layout: KnobLayout, batch: RaggedBatch): Promise<Uint8Array> {
  const rows = Array.from({ length: batch.size }, (_, b) => ({
    start: batch.rowStarts[b]!,
    from: batch.completionStarts[b]!,
    to: batch.completionStarts[b + 1]!,
  }));
  const perRow = (value: (row: (typeof rows)[number]) => number) => ({
    shape: [batch.size],
    data: Int32Array.from(rows, value),
  });
  const tensors = new Map<string, WritableTensor>([
    ["grads", { shape: gradients.shape, data: (await gradients.data()) as Float32Array }],
    ["widths", { shape: [layout.widths.length], data: layout.widths }],
    ["scored_count", perRow(({ from, to }) => to - from)],
    ["scored_first", perRow(({ from }) => batch.targets[from]!)],
    ["scored_last", perRow(({ to }) => batch.targets[to - 1]!)],
    ["scored_from", perRow(({ start, from }) => batch.scored[from]! - start)],
  ]);
  return safetensorsBytes(stepExtras.gradients, tensors, { modules: JSON.stringify(layout.moduleNames) });
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
