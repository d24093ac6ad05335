import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { defaultMemoryBytes, startBackend } from "../../../src/tensor/backend.ts";
import { gatherLaws, type Rows } from "./gather.statements.ts";

const anyRows: fc.Arbitrary<Rows> = fc
  .record({
    dtype: fc.constantFrom("float32" as const, "int32" as const, "bool" as const),
    shape: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
  })
  .chain(({ dtype, shape }) =>
    fc.array(fc.nat({ max: shape[0]! - 1 }), { minLength: 1, maxLength: 9 }).map((rows) => ({ dtype, shape, rows })),
  );

describe("installWasmGather", () => {
  beforeAll(() => startBackend({ name: "wasm", memoryBytes: defaultMemoryBytes, tensorflowFolder: null }));

  // ELSE a row goes on with another row's keys and values
  it("takes the rows that the indices name, any rank, dtype and order", () =>
    fc.assert(fc.asyncProperty(anyRows, (rows) => gatherLaws.agreesWithIndexing(tf.gather, rows))));

  it("leaves one tensor behind; other axes as stock; an index out of range is refused", () => {
    const x = tf.tensor2d([
      [1, 2],
      [3, 4],
    ]);
    const second = tf.tensor1d([1], "int32");
    const outside = tf.tensor1d([2], "int32");
    const before = tf.memory().numTensors;
    const [row, column] = [tf.gather(x, second), tf.gather(x, second, 1)];
    expect(tf.memory().numTensors).toBe(before + 2);
    expect([[...row.dataSync()], [...column.dataSync()]]).toEqual([
      [3, 4],
      [2, 4],
    ]);
    expect(() => tf.gather(x, outside)).toThrow("not in [0, 1]");
    tf.dispose([x, second, outside, row, column]);
  });
});
