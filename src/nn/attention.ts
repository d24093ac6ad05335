import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { kernelOr } from "../tensor/kernelOr.ts";
import { tokensOf, type PackedRows, type Segment } from "./packedRows.ts";
import type { Saved } from "./saved.ts";

export type SavedAttention = Saved<"attention">;

/**
 * One segment's forward pass, query rows grouped by their key head, G = H / Hkv:
 * q [Hkv, G T, Dh], k and v [Hkv, P + T, Dh], the attention probabilities p [Hkv, G T, P + T], the output o [Hkv, G T, Dh].
 */
type Kept = [q: Tensor3D, k: Tensor3D, v: Tensor3D, p: Tensor3D, o: Tensor3D];
/** What a kernel keeps instead: its inputs and outputs, and the logarithms of softmax's sums. */
type KeptByKernel = [q: Tensor3D, k: Tensor3D, v: Tensor3D, y: Tensor3D, lse: Tensor3D];

type Gradients = { readonly dQ: Tensor3D; readonly dK: Tensor3D; readonly dV: Tensor3D };

/**
 * Causal grouped-query attention of samples that lie end to end.
 *
 *     s = q · k^T / sqrt(Dh) + causal        [Hkv, G T, P + T] of a segment of T tokens with a prefix of P
 *     p = softmax(s)
 *     y = p · v, heads side by side          [N, H, Dh]
 *
 * The query heads that share a key head are stacked along the rows, so keys and values are never repeated.
 *
 * @param q     [N, H, Dh]
 * @param k     [N, Hkv, Dh]
 * @param v     [N, Hkv, Dh]
 * @param rows  which of the N tokens see which
 * @see Ainslie et al. 2023, arXiv 2305.13245
 */
export function packedAttention(
  q: Tensor3D,
  k: Tensor3D,
  v: Tensor3D,
  rows: PackedRows,
): { y: Tensor3D; saved: SavedAttention } {
  const [H, Hkv] = [q.shape[1], k.shape[1]];
  const inputs = { q, k, v, segments: rows.segmentTable() };
  const longest = Math.max(...rows.segments.map(({ length }) => length));
  const [y, ...saved] = kernelOr<[Tensor3D, ...Tensor3D[]]>("VhackPackedAttention", inputs, { longest }, () => {
    const kept = rows.segments.map((segment): Kept => {
      const own = groupHeads(rowsOf(q, segment), Hkv);
      const [keys, values] = [headsFirst(seenBy(segment, k)), headsFirst(seenBy(segment, v))];
      const s: Tensor3D = tf.matMul(scaled(own), keys, false, true);
      const { p, o } = weighted(s, rows.causal(segment, H / Hkv), values);
      return [own, keys, values, p, o];
    });
    return [endToEnd(kept.map(([, , , , o]) => ungroupHeads(o, H))), ...kept.flat()];
  });
  return { y, saved };
}

/**
 * Attention of one new token per sample over cached keys and values; the same formula.
 *
 * @param q     [B, H, Dh]
 * @param kT    [B, Hkv, Dh, C]
 * @param v     [B, Hkv, C, Dh]
 * @param bias  0 where a sample has a token to see, -1e9 elsewhere, [B, C]
 * @returns     [B, H, Dh]
 */
export function cachedAttention(q: Tensor3D, kT: Tensor4D, v: Tensor4D, bias: Tensor2D): Tensor3D {
  const [B, H, Dh] = q.shape;
  const [, Hkv, C] = v.shape;
  return tf.tidy(() => {
    const s: Tensor4D = tf.matMul(tf.reshape(scaled(q), [B, Hkv, H / Hkv, Dh]), kT);
    return tf.reshape(weighted(s, tf.reshape(bias, [B, 1, 1, C]), v).o, [B, H, Dh]);
  });
}

/**
 * Gradients of {@link packedAttention}, sample by sample; derivation in docs/backward/attention.md.
 *
 *     y = p · v              =>  dP = dO · v^T,  dV = p^T · dO
 *     p = softmax(s)         =>  dS = p * (dP - sum(dO * o))        (sum over Dh: equals sum(dP * p) over the keys)
 *     s = q · k^T / sqrt(Dh) =>  dQ = dS · k / sqrt(Dh),  dK = dS^T · q / sqrt(Dh)
 *
 * @param dY  of all samples' tokens, end to end, [N, H, Dh]; a prefix that samples share comes with each of them
 * @returns   gradients of the same tokens, [N, H, Dh] and [N, Hkv, Dh]
 */
export function packedAttentionBackward(dY: Tensor3D, saved: SavedAttention, rows: PackedRows): Gradients {
  const flat = saved as Tensor3D[];
  const [q, k, v, y, lse] = flat as KeptByKernel;
  const inputs = { dY, q, k, v, y, lse, samples: rows.sampleTable() };
  const longest = Math.max(...rows.samples.map(tokensOf));
  type Outputs = [Tensor3D, Tensor3D, Tensor3D];
  const [dQ, dK, dV] = kernelOr<Outputs>("VhackPackedAttentionBackward", inputs, { longest }, () => {
    const kept = new Map(rows.segments.map((segment, i) => [segment, flat.slice(5 * i, 5 * i + 5) as Kept]));
    let start = 0;
    const take = (segment: Segment): Gradients => {
      const dOwn = rowsOf(dY, { start, length: segment.length });
      start += segment.length;
      return segmentBackward(dOwn, kept.get(segment)!);
    };
    const perSample = rows.samples.map((segment) =>
      segment.prefix === null ? take(segment) : joined(take(segment.prefix), take(segment)),
    );
    return (["dQ", "dK", "dV"] as const).map((name) => endToEnd(perSample.map((own) => own[name]))) as Outputs;
  });
  return { dQ, dK, dV };
}

/** @param dY  [T, H, Dh]; the gradients of keys and values are of all that the segment sees, [P + T, Hkv, Dh] */
function segmentBackward(dY: Tensor3D, [q, k, v, p, o]: Kept): Gradients {
  const [, H, Dh] = dY.shape;
  const dO = groupHeads(dY, k.shape[0]);
  const dP = tf.matMul(dO, v, false, true);
  const dS = tf.mul(p, tf.sub(dP, tf.sum(tf.mul(dO, o), 2, true)));
  const scaledDS: Tensor3D = tf.mul(dS, 1 / Math.sqrt(Dh));
  return {
    dQ: ungroupHeads(tf.matMul(scaledDS, k), H),
    dK: headsFirst(tf.matMul(scaledDS, q, true, false)),
    dV: headsFirst(tf.matMul(p, dO, true, false)),
  };
}

/** Gradients of a sample's tokens: those of its prefix's queries, and those of its own queries, which see the prefix too. */
function joined(prefix: Gradients, own: Gradients): Gradients {
  const padded = (x: Tensor3D): Tensor3D =>
    tf.pad(x, [
      [0, own.dQ.shape[0]],
      [0, 0],
      [0, 0],
    ]);
  return {
    dQ: endToEnd([prefix.dQ, own.dQ]),
    dK: tf.add(padded(prefix.dK), own.dK),
    dV: tf.add(padded(prefix.dV), own.dV),
  };
}

/** Softmax over the last axis, and what it weighs out of the values. */
function weighted<T extends Tensor>(s: T, bias: Tensor, v: T): { p: T; o: T } {
  const p: T = tf.softmax(tf.add<T>(s, bias));
  return { p, o: tf.matMul<T>(p, v) };
}

function scaled<T extends Tensor>(q: T): T {
  return tf.mul<T>(q, 1 / Math.sqrt(q.shape.at(-1)!));
}

/** A segment's rows. */
function rowsOf(x: Tensor3D, { start, length }: Pick<Segment, "start" | "length">): Tensor3D {
  return tf.slice(x, [start, 0, 0], [length, -1, -1]);
}

/** The rows of a segment's prefix, then its own. */
function seenBy(segment: Segment, x: Tensor3D): Tensor3D {
  return segment.prefix === null ? rowsOf(x, segment) : endToEnd([rowsOf(x, segment.prefix), rowsOf(x, segment)]);
}

function endToEnd(parts: Tensor3D[]): Tensor3D {
  return tf.concat(parts, 0);
}

/** Swap the first two axes: [T, H, Dh] <-> [H, T, Dh]. */
function headsFirst(x: Tensor3D): Tensor3D {
  return tf.transpose(x, [1, 0, 2]);
}

/** [T, H, Dh] -> [Hkv, G T, Dh] */
function groupHeads(x: Tensor3D, Hkv: number): Tensor3D {
  const [T, H, Dh] = x.shape;
  return tf.reshape(headsFirst(x), [Hkv, (H / Hkv) * T, Dh]);
}

/** [Hkv, G T, Dh] -> [T, H, Dh] */
function ungroupHeads(x: Tensor3D, H: number): Tensor3D {
  const [Hkv, GT, Dh] = x.shape;
  return headsFirst(tf.reshape(x, [H, (Hkv * GT) / H, Dh]));
}
