import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { defaultMemoryBytes, startBackend } from "../../src/tensor/backend.ts";
import type { MemoryBudget } from "../../src/tensor/memoryBudget.ts";
import { entry } from "../nn/entries.ts";
import { matMulLaws, type Product } from "./matMul.laws.ts";

const batches = fc.oneof(
  fc.constant({ batchA: [], batchB: [] }),
  fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 2 }).chain((batch) =>
    fc.constantFrom({ batchA: batch, batchB: batch }, { batchA: batch, batchB: [] }, { batchA: [], batchB: batch }, { batchA: batch, batchB: batch.map(() => 1) }),
  ),
);

const anyProduct: fc.Arbitrary<Product> = fc
  .record({
    M: fc.integer({ min: 1, max: 20 }), K: fc.integer({ min: 1, max: 20 }), N: fc.integer({ min: 1, max: 20 }),
    batches, transposeA: fc.boolean(), transposeB: fc.boolean(),
  })
  .chain(({ batches: { batchA, batchB }, ...shape }) => {
    const size = (batch: readonly number[], each: number) => batch.reduce((product, length) => product * length, each);
    const values = (length: number) => fc.array(entry, { minLength: length, maxLength: length });
    return fc
      .tuple(values(size(batchA, shape.M * shape.K)), values(size(batchB, shape.K * shape.N)))
      .map(([a, b]) => ({ ...shape, batchA, batchB, a, b }));
  });

describe("installWasmBatchMatMul", () => {
  let budget: MemoryBudget;
  beforeAll(async () => {
    budget = await startBackend({ name: "wasm", memoryBytes: defaultMemoryBytes, tensorflowFolder: null });
  });

  // ELSE every product of every layer is wrong in the shapes where tf.js's own kernel is not used
  it("agrees with the float64 sum: |y - sum_k a_mk b_kn| <= gamma_K sum_k |a_mk b_kn|, any transposes and batches", () =>
    fc.assert(fc.asyncProperty(anyProduct, (product) => matMulLaws.agreesWithTwin(tf.matMul, product))));

  it("leaves its operands alone, bit for bit", () => fc.assert(fc.asyncProperty(anyProduct, (product) => matMulLaws.leavesOperandsAlone(tf.matMul, product))));

  it("frees temporaries: tensors, buffers and heap bytes are what they were", () =>
    fc.assert(fc.property(anyProduct, (product) => matMulLaws.freesTemporaries(tf.matMul, product, () => budget.heldBytes))));

  it("rejects unequal inner dimensions: [2, 3] · [4, 2] -> an error that names them", () => {
    expect(() => tf.matMul(tf.zeros([2, 3]), tf.zeros([4, 2]))).toThrow("2,3 and 4,2");
  });
});
