import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { onBackend } from "../../support/backends.ts";

onBackend("wasm", () => {
  it("installWasmSlice leaves one tensor behind, and words to tf.js", () => {
    const before = tf.memory().numTensors;
    const x = tf.zeros([4, 3]);
    const y = tf.slice(x, [1, 0], [2, -1]);
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose([x, y]);
    const words = tf.tensor(["a", "b", "c"]);
    expect(tf.slice(words, [1], [2]).dataSync()).toEqual(["b", "c"]);
  });
});
