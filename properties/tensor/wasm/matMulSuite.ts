import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { startBackend, type BackendChoice } from "../../../src/tensor/backend.ts";
import type { MemoryBudget } from "../../../src/tensor/memoryBudget.ts";
import { matMulLaws } from "./matMul.statements.ts";
import { anyProduct } from "./products.ts";

/** What every matrix product that we put in tf.js's place owes. */
export function obeysTheProductLaws(choice: BackendChoice): void {
  let budget: MemoryBudget;
  beforeAll(async () => {
    budget = await startBackend(choice);
  });

  // ELSE every product of every layer is wrong in the shapes where tf.js's own kernel is not used
  it("agrees with the float64 sum: |y - sum_k a_mk b_kn| <= gamma_K sum_k |a_mk b_kn|, any transposes and batches", () =>
    fc.assert(fc.asyncProperty(anyProduct, (product) => matMulLaws.agreesWithTwin(tf.matMul, product))));

  it("leaves its operands alone, bit for bit", () =>
    fc.assert(fc.asyncProperty(anyProduct, (product) => matMulLaws.leavesOperandsAlone(tf.matMul, product))));

  it("frees temporaries: tensors, buffers and heap bytes are what they were", () =>
    fc.assert(
      fc.property(anyProduct, (product) => matMulLaws.freesTemporaries(tf.matMul, product, () => budget.heldBytes)),
    ));

  it("rejects unequal inner dimensions: [2, 3] · [4, 2] -> an error that names them", () => {
    expect(() => tf.matMul(tf.zeros([2, 3]), tf.zeros([4, 2]))).toThrow(/3.*4/);
  });
}
