import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { MemoryError } from "../../src/errors.ts";
import { startBackend } from "../../src/tensor/backend.ts";
import type { MemoryBudget } from "../../src/tensor/memoryBudget.ts";

const limitBytes = 256 * 1024;

/** A tensor of this many rows of 1 KiB, or the release of the oldest one. */
const commands = fc.array(
  fc.oneof(
    fc.integer({ min: 1, max: 120 }).map((rows) => ({ rows })),
    fc.constant({ rows: 0 }),
  ),
  { maxLength: 25 },
);

for (const name of ["wasm", "cpu"] as const)
  describe(`startBackend on ${name}`, () => {
    let budget: MemoryBudget;
    beforeAll(async () => {
      budget = await startBackend({ name, memoryBytes: limitBytes, tensorflowFolder: null });
    });

    // ELSE the wasm heap runs out silently, and what it computes from then on is noise
    it("refuses the allocation that would pass the budget -> MemoryError; every tensor made before keeps its numbers", async () => {
      await startBackend({ name, memoryBytes: limitBytes, tensorflowFolder: null });
      await fc.assert(
        fc.asyncProperty(commands, async (script) => {
          const start = budget.heldBytes;
          const live: { tensor: tf.Tensor; value: number }[] = [];
          for (const [value, { rows }] of script.entries()) {
            if (rows === 0) live.shift()?.tensor.dispose();
            else if (budget.heldBytes + rows * 1024 > limitBytes)
              expect(() => tf.fill([rows, 256], value, "float32")).toThrow(MemoryError);
            else live.push({ tensor: tf.fill([rows, 256], value, "float32"), value });
            expect(budget.heldBytes).toBeLessThanOrEqual(limitBytes);
          }
          for (const { tensor, value } of live) {
            expect(new Set(await tensor.data())).toEqual(new Set([value]));
            tensor.dispose();
          }
          expect(budget.heldBytes).toBe(start);
        }),
      );
    });

    it("a product that does not fit leaves nothing behind: bytes, tensors and operands as before", async () => {
      await startBackend({ name, memoryBytes: limitBytes, tensorflowFolder: null });
      const [a, b] = [tf.ones([3, 200, 20]), tf.ones([3, 200, 20])];
      const before = [budget.heldBytes, tf.memory().numTensors];
      // [3, 200, 200] floats are 480 000 bytes
      expect(() => tf.matMul(a, b, false, true)).toThrow(MemoryError);
      expect(() => tf.tidy(() => tf.matMul(a, b, false, true))).toThrow(MemoryError);
      expect([budget.heldBytes, tf.memory().numTensors]).toEqual(before);
      expect(new Set(await a.data())).toEqual(new Set([1]));
      tf.dispose([a, b]);
    });
  });
