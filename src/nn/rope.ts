import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";

/** Rotation of each token's position, ready to broadcast over heads. */
export interface RopeTable {
  /** [N, 1, Dh] */
  readonly cos: Tensor3D;
  /** [N, 1, Dh] */
  readonly sin: Tensor3D;
  /** rotateHalf as a matrix: (x1, x2) · rotate = (-x2, x1), [Dh, Dh] */
  readonly rotate: Tensor2D;
}

/**
 * Cosines and sines of the rotary embedding, computed on the host in float64.
 *
 *     angle[n, i] = position[n] * theta^(-2i / Dh),   i = 0 .. Dh/2 - 1, both halves alike
 *
 * @param positions  position of every token in its own sequence, [N]
 * @see Su et al. 2021, arXiv 2104.09864; the "rotate half" layout of transformers
 */
export function ropeTable(positions: ArrayLike<number>, headDim: number, theta: number): RopeTable {
  const N = positions.length;
  const half = headDim / 2;
  const cos = new Float32Array(N * headDim);
  const sin = new Float32Array(N * headDim);
  const frequencies = Float64Array.from({ length: half }, (_, i) => theta ** ((-2 * i) / headDim));
  const firstAt = new Map<number, number>(); // samples repeat each other's positions
  for (let n = 0, at = 0; n < N; n++, at += headDim) {
    const known = firstAt.get(positions[n]!);
    if (known !== undefined) {
      for (const table of [cos, sin]) table.copyWithin(at, known, known + headDim);
      continue;
    }
    firstAt.set(positions[n]!, at);
    for (let i = 0; i < half; i++) {
      const angle = positions[n]! * frequencies[i]!;
      cos[at + i] = cos[at + half + i] = Math.cos(angle);
      sin[at + i] = sin[at + half + i] = Math.sin(angle);
    }
  }
  const rotate = new Float32Array(headDim * headDim);
  for (let i = 0; i < half; i++) {
    rotate[(half + i) * headDim + i] = -1;
    rotate[i * headDim + half + i] = 1;
  }
  return {
    cos: tf.tensor3d(cos, [N, 1, headDim]),
    sin: tf.tensor3d(sin, [N, 1, headDim]),
    rotate: tf.tensor2d(rotate, [headDim, headDim]),
  };
}

/**
 * Rotate queries or keys by their position.
 *
 *     y = x * cos + rotateHalf(x) * sin        [N, H, Dh]
 */
export function rope(x: Tensor3D, { cos, sin, rotate }: RopeTable): Tensor3D {
  return tf.tidy(() => tf.add(tf.mul(x, cos), tf.mul(timesMatrix(x, rotate, false), sin)));
}

/**
 * Gradient of {@link rope}.
 *
 *     y = x * cos + (x · rotate) * sin   =>   dX = dY * cos + (dY * sin) · rotate^T        [N, H, Dh]
 */
export function ropeBackward(dY: Tensor3D, { cos, sin, rotate }: RopeTable): Tensor3D {
  return tf.tidy(() => tf.add(tf.mul(dY, cos), timesMatrix(tf.mul(dY, sin), rotate, true)));
}

export function disposeRopeTable({ cos, sin, rotate }: RopeTable): void {
  tf.dispose([cos, sin, rotate]);
}

function timesMatrix(x: Tensor3D, matrix: Tensor2D, transposed: boolean): Tensor3D {
  const [N, H, Dh] = x.shape;
  return tf.reshape(tf.matMul(tf.reshape(x, [N * H, Dh]), matrix, false, transposed), [N, H, Dh]);
}
