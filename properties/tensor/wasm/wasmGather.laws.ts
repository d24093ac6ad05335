import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import { onBackend } from "../../support/backends.ts";
import { lawsOf } from "../../support/lawsOf.ts";

type Gather = (x: tf.Tensor, rows: tf.Tensor1D) => tf.Tensor;

/** Rows of a tensor, in any order and as often as asked. */
interface Rows {
  readonly dtype: "float32" | "int32" | "bool";
  readonly shape: number[];
  readonly rows: number[];
}

const gatherLaws = {
  /** x holds 0, 1, 2, ...: an entry names its own place (a bool its parity). */
  async agreesWithIndexing(gather: Gather, { dtype, shape, rows }: Rows): Promise<void> {
    const size = shape.slice(1).reduce((product, length) => product * length, 1);
    const named = (place: number) => (dtype === "bool" ? place % 2 : place);
    const x = tf.tensor(
      Array.from({ length: shape[0]! * size }, (_, place) => named(place)),
      shape,
      dtype,
    );
    const asked = tf.tensor1d(rows, "int32");
    const y = gather(x, asked);
    expect(y.shape).toEqual([rows.length, ...shape.slice(1)]);
    expect([...(await y.data())]).toEqual(
      rows.flatMap((row) => Array.from({ length: size }, (_, i) => named(row * size + i))),
    );
    tf.dispose([x, asked, y]);
  },
};

const anyRows: fc.Arbitrary<Rows> = fc
  .record({
    dtype: fc.constantFrom("float32" as const, "int32" as const, "bool" as const),
    shape: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
  })
  .chain(({ dtype, shape }) =>
    fc.array(fc.nat({ max: shape[0]! - 1 }), { minLength: 1, maxLength: 9 }).map((rows) => ({ dtype, shape, rows })),
  );

const tooth: Rows = { dtype: "float32", shape: [3, 2], rows: [2, 0, 2] };
const asking =
  (change: (rows: number[], length: number) => number[]): Gather =>
  (x, rows) =>
    tf.gather(x, tf.tensor1d(change([...rows.dataSync()], x.shape[0]!), "int32"));

onBackend("wasm", () =>
  lawsOf<Gather>("installWasmGather", tf.gather, (law) => {
    law("takes the rows that the indices name, any rank, dtype and order", {
      else: "a row goes on with another row's keys and values",
      for: [anyRows],
      holds: gatherLaws.agreesWithIndexing,
      rejects: {
        "rows in order of place": [asking((rows) => rows.toSorted()), tooth],
        "the next row": [asking((rows, length) => rows.map((row) => (row + 1) % length)), tooth],
        "each row once": [asking((rows) => [...new Set(rows)]), tooth],
      },
    });
  }),
);
