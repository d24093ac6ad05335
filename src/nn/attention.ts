import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";

/** What {@link attentionBackward} needs of one sample's forward pass; q rows are grouped by their key head. */
export type SavedAttention = {
  /** [Hkv, G T, Dh], G = H / Hkv */
  readonly q: Tensor3D;
  /** [Hkv, T, Dh] */
  readonly k: Tensor3D;
  /** [Hkv, T, Dh] */
  readonly v: Tensor3D;
  /** attention probabilities, [Hkv, G T, T] */
  readonly p: Tensor3D;
  /** output before heads are laid side by side, [Hkv, G T, Dh] */
  readonly o: Tensor3D;
};

/**
 * Causal grouped-query attention of one sequence.
 *
 *     s = q · k^T / sqrt(Dh) + causal        [Hkv, G T, T]
 *     p = softmax(s)
 *     y = p · v, heads side by side          [T, H, Dh]
 *
 * The query heads that share a key head are stacked along the rows, so keys and values are never repeated.
 *
 * @param q       [T, H, Dh]
 * @param k       [T, Hkv, Dh]
 * @param v       [T, Hkv, Dh]
 * @param causal  0 where key <= query, -1e9 elsewhere, tiled G times: [G T, T]
 * @see Ainslie et al. 2023, arXiv 2305.13245
 */
export function attention(
  q: Tensor3D,
  k: Tensor3D,
  v: Tensor3D,
  causal: Tensor2D,
): { y: Tensor3D; saved: SavedAttention } {
  const Hkv = k.shape[1];
  return tf.tidy(() => {
    const qGrouped = groupHeads(q, Hkv);
    const [kHeads, vHeads] = [headsFirst(k), headsFirst(v)];
    const s = tf.matMul(tf.mul(qGrouped, 1 / Math.sqrt(q.shape[2])), kHeads, false, true);
    const p: Tensor3D = tf.softmax(tf.add(s, causal));
    const o: Tensor3D = tf.matMul(p, vHeads);
    return { y: ungroupHeads(o, q.shape[1]), saved: { q: qGrouped, k: kHeads, v: vHeads, p, o } };
  });
}

/**
 * Gradients of {@link attention}; derivation in docs/backward/attention.md.
 *
 *     y = p · v              =>  dP = dO · v^T,  dV = p^T · dO
 *     p = softmax(s)         =>  dS = p * (dP - sum(dO * o))        (sum over Dh: equals sum(dP * p) over the keys)
 *     s = q · k^T / sqrt(Dh) =>  dQ = dS · k / sqrt(Dh),  dK = dS^T · q / sqrt(Dh)
 *
 * @param dY  [T, H, Dh]
 */
export function attentionBackward(
  dY: Tensor3D,
  { q, k, v, p, o }: SavedAttention,
): { dQ: Tensor3D; dK: Tensor3D; dV: Tensor3D } {
  const [, H, Dh] = dY.shape;
  return tf.tidy(() => {
    const dO = groupHeads(dY, k.shape[0]);
    const dP = tf.matMul(dO, v, false, true);
    const dS = tf.mul(p, tf.sub(dP, tf.sum(tf.mul(dO, o), 2, true)));
    const scaled: Tensor3D = tf.mul(dS, 1 / Math.sqrt(Dh));
    return {
      dQ: ungroupHeads(tf.matMul(scaled, k), H),
      dK: headsFirst(tf.matMul(scaled, q, true, false)),
      dV: headsFirst(tf.matMul(p, dO, true, false)),
    };
  });
}

/** The additive causal mask of {@link attention}, [G T, T]. */
export function causalMask(T: number, G: number): Tensor2D {
  const bias = new Float32Array(G * T * T);
  for (let g = 0; g < G; g++) for (let t = 0; t < T; t++) bias.fill(-1e9, (g * T + t) * T + t + 1, (g * T + t + 1) * T);
  return tf.tensor2d(bias, [G * T, T]);
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
