import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { defaultMemoryBytes, startBackend } from "../../../src/tensor/backend.ts";
import { sliceLaws, type Part } from "./slice.statements.ts";

const axis = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.nat(), fc.nat(), fc.boolean())
  .map(([length, from, count, toEnd]) => {
    const begin = from % length;
    return { length, begin, size: toEnd ? -1 : 1 + (count % (length - begin)) };
  });

/** Any part of a tensor of one to five axes. */
const anyPart: fc.Arbitrary<Part> = fc
  .tuple(fc.constantFrom("float32", "int32", "bool"), fc.array(axis, { minLength: 1, maxLength: 5 }))
  .map(
    ([dtype, axes]) =>
      ({
        dtype,
        shape: axes.map(({ length }) => length),
        begin: axes.map(({ begin }) => begin),
        size: axes.map(({ size }) => size),
      }) as Part,
  );

describe("installWasmSlice", () => {
  beforeAll(() => startBackend({ name: "wasm", memoryBytes: defaultMemoryBytes, tensorflowFolder: null }));

  // ELSE one sample's keys and values are another's
  it("takes the entries that the indices name, any rank from 1, dtype and part", () =>
    fc.assert(fc.asyncProperty(anyPart, (part) => sliceLaws.agreesWithIndexing(tf.slice, part))));

  it("leaves one tensor behind, and words to tf.js", () => {
    const before = tf.memory().numTensors;
    const x = tf.zeros([4, 3]);
    const y = tf.slice(x, [1, 0], [2, -1]);
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose([x, y]);
    const words = tf.tensor(["a", "b", "c"]);
    expect(tf.slice(words, [1], [2]).dataSync()).toEqual(["b", "c"]);
  });
});
