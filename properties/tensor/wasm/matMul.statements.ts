import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { expectWithin, gamma, unitRoundoff32 } from "../../support/tolerance.ts";

export type MatMul = (a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean) => tf.Tensor;

/** A batched product: op(a) [batch, M, K] · op(b) [batch, K, N]; a batch of [] is no batch dimension. */
export interface Product {
  readonly M: number;
  readonly K: number;
  readonly N: number;
  readonly batchA: readonly number[];
  readonly batchB: readonly number[];
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly a: readonly number[];
  readonly b: readonly number[];
}

const count = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function operands({ M, K, N, batchA, batchB, transposeA, transposeB, a, b }: Product): [tf.Tensor, tf.Tensor] {
  return [
    tf.tensor([...a], [...batchA, ...(transposeA ? [K, M] : [M, K])], "float32"),
    tf.tensor([...b], [...batchB, ...(transposeB ? [N, K] : [K, N])], "float32"),
  ];
}

/** Entry (g, m, n) and the sum of its terms' magnitudes, in float64. */
function entryTwin(
  { M, K, N, batchA, batchB, transposeA, transposeB, a, b }: Product,
  g: number,
  m: number,
  n: number,
): { value: number; size: number } {
  const [startA, startB] = [count(batchA) === 1 ? 0 : g * M * K, count(batchB) === 1 ? 0 : g * K * N];
  let [value, size] = [0, 0];
  for (let k = 0; k < K; k++) {
    const term = a[startA + (transposeA ? k * M + m : m * K + k)]! * b[startB + (transposeB ? n * K + k : k * N + n)]!;
    value += term;
    size += Math.abs(term);
  }
  return { value, size };
}

export const matMulLaws = {
  async agreesWithTwin(matMul: MatMul, product: Product): Promise<void> {
    const { M, K, N, batchA, batchB } = product;
    const [a, b] = operands(product);
    const y = matMul(a, b, product.transposeA, product.transposeB);
    const batch = count(batchA) >= count(batchB) && batchA.length >= batchB.length ? batchA : batchB;
    expect(y.shape).toEqual([...batch, M, N]);
    const found = await y.data();
    for (let i = 0; i < found.length; i++) {
      const { value, size } = entryTwin(product, Math.floor(i / (M * N)), Math.floor(i / N) % M, i % N);
      expectWithin(found[i]!, value, gamma(K, unitRoundoff32) * size, `entry ${i}`);
    }
    tf.dispose([a, b, y]);
  },

  async leavesOperandsAlone(matMul: MatMul, product: Product): Promise<void> {
    const [a, b] = operands(product);
    matMul(a, b, product.transposeA, product.transposeB).dispose();
    expect([...(await a.data())]).toEqual([...product.a]);
    expect([...(await b.data())]).toEqual([...product.b]);
    tf.dispose([a, b]);
  },

  /** @param heldBytes  what the backend's memory holds now */
  freesTemporaries(matMul: MatMul, product: Product, heldBytes: () => number): void {
    const before = { tensors: tf.memory().numTensors, buffers: tf.memory().numDataBuffers, bytes: heldBytes() };
    const [a, b] = operands(product);
    const y = matMul(a, b, product.transposeA, product.transposeB);
    expect(tf.memory().numTensors).toBe(before.tensors + 3);
    tf.dispose([a, b, y]);
    expect({ tensors: tf.memory().numTensors, buffers: tf.memory().numDataBuffers, bytes: heldBytes() }).toEqual(
      before,
    );
  },
};
