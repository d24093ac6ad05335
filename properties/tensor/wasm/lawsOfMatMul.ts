import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { startBackend, type BackendChoice } from "../../../src/tensor/backend.ts";
import type { MemoryBudget } from "../../../src/tensor/memoryBudget.ts";
import { expectWasmBackend } from "../../../src/tensor/wasm/wasmBackend.ts";
import { entry } from "../../nn/entries.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { expectWithin, gamma, unitRoundoff32 } from "../../support/tolerance.ts";

type MatMul = (a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean) => tf.Tensor;

/** A batched product: op(a) [batch, M, K] · op(b) [batch, K, N]; a batch of [] is no batch dimension. */
interface Product {
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

const matMulLaws = {
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

const batches = fc.oneof(
  fc.constant({ batchA: [], batchB: [] }),
  fc
    .array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 2 })
    .chain((batch) =>
      fc.constantFrom(
        { batchA: batch, batchB: batch },
        { batchA: batch, batchB: [] },
        { batchA: [], batchB: batch },
        { batchA: batch, batchB: batch.map(() => 1) },
      ),
    ),
);

/** Any small product: every transposition, batched or not, either operand shared. */
const anyProduct: fc.Arbitrary<Product> = fc
  .record({
    M: fc.integer({ min: 1, max: 20 }),
    K: fc.integer({ min: 1, max: 20 }),
    N: fc.integer({ min: 1, max: 20 }),
    batches,
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
  })
  .chain(({ batches: { batchA, batchB }, ...shape }) => {
    const size = (batch: readonly number[], each: number) => batch.reduce((product, length) => product * length, each);
    const values = (length: number) => fc.array(entry, { minLength: length, maxLength: length });
    return fc
      .tuple(values(size(batchA, shape.M * shape.K)), values(size(batchB, shape.K * shape.N)))
      .map(([a, b]) => ({ ...shape, batchA, batchB, a, b }));
  });

const values = (count: number) => Array.from({ length: count }, (_, i) => Math.fround(Math.sin(3 * i)));
const product = (transposeA: boolean, transposeB: boolean): Product => ({
  M: 3,
  K: 3,
  N: 3,
  batchA: [2],
  batchB: [2],
  transposeA,
  transposeB,
  a: values(18),
  b: values(18),
});
const plain = product(false, false);
const right = product(false, true);

const flagless: MatMul = (a, b) => tf.matMul(a, b);
const swapped: MatMul = (a, b, transposeA, transposeB) => tf.matMul(a, b, transposeB, transposeA);
const firstMatrixOnly: MatMul = (a, b, transposeA, transposeB) => {
  const first = tf.slice(b, [0, 0, 0], [1, -1, -1]);
  return tf.matMul(a, tf.concat([first, first], 0), transposeA, transposeB);
};
const writing: MatMul = (a, b, transposeA, transposeB) => {
  expectWasmBackend(tf.backend()).typedArrayFromHeap(a)[0] = 7;
  return tf.matMul(a, b, transposeA, transposeB);
};
const hoarding: MatMul = (a, b, transposeA, transposeB) => {
  tf.keep(tf.clone(tf.add(a, 0)));
  return tf.matMul(a, b, transposeA, transposeB);
};

/** State what must hold of every matrix product that we put in the place of tf.js's. */
export function lawsOfMatMul(name: string, choice: BackendChoice): void {
  let budget: MemoryBudget;
  if (process.env["VITEST"] !== undefined)
    beforeAll(async () => {
      budget = await startBackend(choice);
    });

  lawsOf<MatMul>(name, tf.matMul, (law) => {
    law("agrees with the float64 sum: |y - sum_k a_mk b_kn| <= gamma_K sum_k |a_mk b_kn|, any transposes and batches", {
      else: "every product of every layer is wrong in the shapes where tf.js's own kernel is not used",
      for: [anyProduct],
      holds: matMulLaws.agreesWithTwin,
      rejects: {
        "a transpose forgotten": [flagless, right],
        "transposes swapped": [swapped, right],
        "one matrix for the whole batch": [firstMatrixOnly, plain],
      },
    });

    law("leaves its operands alone, bit for bit", {
      for: [anyProduct],
      holds: matMulLaws.leavesOperandsAlone,
      rejects: { "a write to one": [writing, plain] },
    });

    law("frees temporaries: tensors, buffers and heap bytes are what they were", {
      for: [anyProduct],
      holds: (matMul, given) => matMulLaws.freesTemporaries(matMul, given, () => budget.heldBytes),
      rejects: { "a tensor kept": [hoarding, plain] },
    });
  });

  if (process.env["VITEST"] !== undefined)
    it("rejects unequal inner dimensions: [2, 3] · [4, 2] -> an error that names them", () => {
      expect(() => tf.matMul(tf.zeros([2, 3]), tf.zeros([4, 2]))).toThrow(/3.*4/);
    });
}
