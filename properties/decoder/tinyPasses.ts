import * as tf from "@tensorflow/tfjs-core";
import type { WeightSvd } from "../../src/adapter/weightSvd/weightSvd.ts";
import { unpackKnobs, type KnobLayout } from "../../src/adapter/knobTable.ts";
import { nllLoss } from "../../src/loss/nllLoss.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import type { RaggedBatch, Sequence } from "../../src/decoder/raggedBatch.ts";
import { dot, linearTwin, rowsOf } from "../reference/layers.ts";
import type { PlainQwen3 } from "../reference/plainQwen3.ts";
import { qwen3Twin, tokenLogpsTwin, type Qwen3Twin } from "../reference/qwen3.ts";
import type { TinyModel } from "../support/tinyModel.ts";

export const idsOf = ({ promptIds, completionIds }: Sequence): number[] => [
  ...Array.from(promptIds),
  ...Array.from(completionIds),
];

/** dL/dlogp of the samples' mean NLL. */
export const nllDLogps = (batch: RaggedBatch) => (logps: Float32Array) => nllLoss(logps, batch.completionStarts).dLogps;

/** Knobs of everyday size, zero in the padding, [M P]. */
export function drawnKnobs({ moduleNames, widths, P }: KnobLayout, seed: number): Float32Array {
  const table = new Float32Array(moduleNames.length * P);
  const rng = seededRng(seed, "knobs");
  moduleNames.forEach((_, m) => {
    for (let j = 0; j < widths[m]!; j++) table[m * P + j] = 0.3 * rng.normal();
  });
  return table;
}

export function twinOf({ config, weights }: TinyModel): Qwen3Twin {
  return qwen3Twin(config, (name) => weights.get(name)!);
}

/** y = W x + U (deltaS * (Vh x)), never merged. */
export function adaptedTwin(
  tiny: TinyModel,
  svds: ReadonlyMap<string, WeightSvd>,
  layout: KnobLayout,
  knobs: ArrayLike<number>,
): Qwen3Twin {
  const base = twinOf(tiny);
  const factors = layout.moduleNames.map((name, m) => {
    const { u, vh, r } = svds.get(name)!;
    return [
      name,
      {
        u: rowsOf(u, r),
        vh: rowsOf(vh, vh.length / r),
        deltaS: Array.from({ length: r }, (_, j) => knobs[m * layout.P + j]!),
      },
    ] as const;
  });
  const byName = new Map(factors);
  return {
    ...base,
    linear: (moduleName, x) => {
      const { u, vh, deltaS } = byName.get(moduleName)!;
      const turned = linearTwin(x, vh);
      return base.linear(moduleName, x).map((row, n) =>
        row.map(
          (y, o) =>
            y +
            dot(
              u[o]!,
              turned[n]!.map((value, j) => value * deltaS[j]!),
            ),
        ),
      );
    },
  };
}

/** The same in tf.js operations; deltaS is the table of knobs, which gradients flow to. */
export function adaptedPlain(
  { config, weights }: TinyModel,
  svds: ReadonlyMap<string, WeightSvd>,
  layout: KnobLayout,
  knobs: tf.Tensor2D,
): PlainQwen3 {
  const weight = (name: string): tf.Tensor => {
    const values = weights.get(name)!;
    return name.includes("norm")
      ? tf.tensor1d(values)
      : tf.tensor2d(values, [values.length / colsOf(name), colsOf(name)]);
  };
  const colsOf = (name: string): number => {
    if (name.includes("o_proj")) return config.numAttentionHeads * config.headDim;
    return name.includes("down_proj") ? config.intermediateSize : config.hiddenSize;
  };
  return {
    config,
    weight,
    linear: (moduleName, x) => {
      const m = layout.moduleNames.indexOf(moduleName);
      const { u, vh, r } = svds.get(moduleName)!;
      const deltaS = tf.reshape(tf.slice(knobs, [m, 0], [1, r]), [1, r]);
      const turned = tf.mul(tf.matMul(x, tf.tensor2d(vh, [r, vh.length / r]), false, true), deltaS) as tf.Tensor2D;
      const base = tf.matMul(x, weight(`${moduleName}.weight`) as tf.Tensor2D, false, true);
      return tf.add(base, tf.matMul(turned, tf.tensor2d(u, [u.length / r, r]), false, true));
    },
  };
}

/** Mean NLL of a sample in float64. */
export function nllTwin(twin: Qwen3Twin, sequence: Sequence): number {
  const logps = tokenLogpsTwin(twin, idsOf(sequence), sequence.promptIds.length);
  return -logps.reduce((sum, logp) => sum + logp, 0) / logps.length;
}

/** One sample's gradients, the padding dropped, end to end. */
export function flatKnobs(layout: KnobLayout, table: ArrayLike<number>): number[] {
  return [...unpackKnobs(layout, table).values()].flatMap((knob) => [...knob]);
}
