import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, it } from "vitest";
import { defaultMemoryBytes, startBackend } from "../../src/tensor/backend.ts";
import { gatherLaws, type Gather, type Rows } from "../tensor/wasm/gather.statements.ts";
import { matMulLaws, type MatMul, type Product } from "../tensor/wasm/matMul.statements.ts";
import { sliceLaws, type Part, type Slice } from "../tensor/wasm/slice.statements.ts";
import { rejects } from "../support/rejects.ts";

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
  (a.dataSync() as Float32Array)[0] = 7;
  return tf.matMul(a, b, transposeA, transposeB);
};
const hoarding: MatMul = (a, b, transposeA, transposeB) => {
  tf.keep(tf.clone(tf.add(a, 0)));
  return tf.matMul(a, b, transposeA, transposeB);
};

// the cpu backend hands out its own arrays, so that a mutant can write to an operand
beforeAll(() => startBackend({ name: "cpu", memoryBytes: defaultMemoryBytes, tensorflowFolder: null }));

describe("teeth: laws of matMul", () => {
  it("the float64 sum rejects: a transpose forgotten, transposes swapped, one matrix for the whole batch", async () => {
    await rejects(() => matMulLaws.agreesWithTwin(flagless, right));
    await rejects(() => matMulLaws.agreesWithTwin(swapped, right));
    await rejects(() => matMulLaws.agreesWithTwin(firstMatrixOnly, plain));
  });
  it("operands left alone rejects: a write to one; freeing rejects: a tensor kept", async () => {
    await rejects(() => matMulLaws.leavesOperandsAlone(writing, plain));
    await rejects(() => matMulLaws.freesTemporaries(hoarding, plain, () => 0));
  });
});

const part: Part = { dtype: "float32", shape: [3, 4, 2], begin: [1, 1, 0], size: [2, 2, -1] };
const fromTheStart: Slice = (x, begin, size) =>
  tf.slice(
    x,
    begin.map(() => 0),
    x.shape.map((length, axis) => (size[axis] === -1 ? length - begin[axis]! : size[axis]!)),
  );
const oneLater: Slice = (x, begin, size) => tf.slice(x, [begin[0]!, begin[1]! + 1, begin[2]!], size);
const oneRunTooLong: Slice = (x, begin, size) => {
  const whole = tf.reshape(tf.slice(x, [begin[0]!, 0, 0], [-1, -1, -1]), [-1]); // as if the rows of a part lay end to end
  return tf.reshape(tf.slice(whole, [begin[1]! * 2], [8]), [size[0]!, size[1]!, 2]);
};

describe("teeth: laws of slice", () => {
  it("indexing rejects: the beginning forgotten, one entry later, a part copied in one run", async () => {
    await rejects(() => sliceLaws.agreesWithIndexing(fromTheStart, part));
    await rejects(() => sliceLaws.agreesWithIndexing(oneLater, part));
    await rejects(() => sliceLaws.agreesWithIndexing(oneRunTooLong, part));
  });
});

describe("teeth: laws of gather", () => {
  it("indexing rejects: rows in order of place, the next row, each row once", async () => {
    const rows: Rows = { dtype: "float32", shape: [3, 2], rows: [2, 0, 2] };
    const sorted: Gather = (x, asked) => tf.gather(x, tf.tensor1d([...asked.dataSync()].sort(), "int32"));
    const nextRow: Gather = (x, asked) => tf.gather(x, tf.cast(tf.mod(tf.add(asked, 1), x.shape[0]!), "int32"));
    const once: Gather = (x, asked) => tf.gather(x, tf.unique(asked).values);
    for (const mutant of [sorted, nextRow, once]) await rejects(() => gatherLaws.agreesWithIndexing(mutant, rows));
  });
});
