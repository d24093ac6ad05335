import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { onBackend } from "../../support/backends.ts";

onBackend("wasm", () => {
  it("installWasmGather leaves one tensor behind; other axes as stock; an index out of range is refused", () => {
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
