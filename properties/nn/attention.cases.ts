import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { packedAttention, packedAttentionBackward, type SavedAttention } from "../../src/nn/attention.ts";
import { PackedRows } from "../../src/nn/packedRows.ts";
import { attentionTwin, headsOf } from "../reference/layers.ts";
import { norm } from "../support/tolerance.ts";
import { entries, largest } from "./entries.ts";
import { functionRoundings, type Layer, type LayerCase } from "./layer.statements.ts";

export interface AttentionShape {
  readonly T: number;
  readonly Hkv: number;
  readonly G: number;
  readonly Dh: number;
}

export interface AttentionCase extends LayerCase {
  readonly size: AttentionShape;
}

export const attentionLayer: Layer = {
  forward: ([q, k, v]) => {
    const rows = oneSample(q!);
    const { y, saved } = packedAttention(q as tf.Tensor3D, k as tf.Tensor3D, v as tf.Tensor3D, rows);
    return { y, saved: { saved, mask: rows.causal(rows.segments[0]!, q!.shape[1]! / k!.shape[1]!) } };
  },
  backward: (dY, _, kept) => {
    const { saved } = kept as { saved: SavedAttention };
    const { dQ, dK, dV } = packedAttentionBackward(dY as tf.Tensor3D, saved, oneSample(dY));
    return [dQ, dK, dV];
  },
};

function oneSample({ shape: [length] }: tf.Tensor): PackedRows {
  const segments = [{ start: 0, length: length!, prefix: null }];
  return new PackedRows(segments, segments);
}

export function attentionCase(
  size: AttentionShape,
  q: readonly number[],
  k: readonly number[],
  v: readonly number[],
  dY: readonly number[],
): AttentionCase {
  const { T, Hkv, G, Dh } = size;
  const H = Hkv * G;
  const [qMost, kMost, vMost] = [q, k, v].map((values) => Math.sqrt(Dh) * largest(values)) as [number, number, number];
  // an error of a score is a relative error of its probability
  const growth = 1 + 2 * ((qMost * kMost) / Math.sqrt(Dh));
  return {
    inputs: [
      { shape: [T, H, Dh], values: q },
      { shape: [T, Hkv, Dh], values: k },
      { shape: [T, Hkv, Dh], values: v },
    ],
    yShape: [T, H, Dh],
    dY,
    size,
    twin: ([a, b, c]) => attentionTwin(headsOf(a!, H, Dh), headsOf(b!, Hkv, Dh), headsOf(c!, Hkv, Dh)).flat(2),
    plain: ([a, b, c]) => plainAttention(a!, b!, c!, size),
    roundings: 2 * (Dh + T * G) + functionRoundings,
    forwardScale: Math.sqrt(T * H) * vMost * growth,
    // |dS| <= 2 p |dO| |v|; dK and dV gather up to G T rows, so sqrt(G T) times longer by Cauchy-Schwarz
    backwardScales: (slope) => [
      (2 * norm(slope) * vMost * kMost * growth) / Math.sqrt(Dh),
      (2 * Math.sqrt(G * T) * norm(slope) * vMost * qMost * growth) / Math.sqrt(Dh),
      Math.sqrt(G * T) * norm(slope) * growth,
    ],
  };
}

/** Head by head and query by query, with no mask: a query is given only the keys that it may see. */
function plainAttention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, { T, Hkv, G, Dh }: AttentionShape): tf.Tensor {
  const heads = Array.from({ length: Hkv * G }, (_, h) => {
    const of = (x: tf.Tensor, head: number) =>
      tf.reshape(tf.slice(x, [0, head, 0], [T, 1, Dh]), [T, Dh]) as tf.Tensor2D;
    const [query, keys, values] = [of(q, h), of(k, Math.floor(h / G)), of(v, Math.floor(h / G))];
    const rows = Array.from({ length: T }, (_, t) => {
      const scores = tf.matMul(tf.slice(query, [t, 0], [1, Dh]), tf.slice(keys, [0, 0], [t + 1, Dh]), false, true);
      return tf.matMul(tf.softmax(tf.div(scores, Math.sqrt(Dh))), tf.slice(values, [0, 0], [t + 1, Dh]));
    });
    return tf.reshape(tf.concat(rows, 0), [T, 1, Dh]);
  });
  return tf.concat(heads, 1);
}

export const anyAttention: fc.Arbitrary<AttentionCase> = fc
  .record({
    T: fc.integer({ min: 1, max: 5 }),
    Hkv: fc.integer({ min: 1, max: 2 }),
    G: fc.integer({ min: 1, max: 3 }),
    Dh: fc.integer({ min: 1, max: 4 }),
  })
  .chain((size) => {
    const { T, Hkv, G, Dh } = size;
    const [queries, keys] = [T * Hkv * G * Dh, T * Hkv * Dh];
    return fc
      .tuple(entries(queries), entries(keys), entries(keys), entries(queries))
      .map(([q, k, v, dY]) => attentionCase(size, q, k, v, dY));
  });
