import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";

export type Gather = (x: tf.Tensor, rows: tf.Tensor1D) => tf.Tensor;

/** Rows of a tensor, in any order and as often as asked. */
export interface Rows {
  readonly dtype: "float32" | "int32" | "bool";
  readonly shape: number[];
  readonly rows: number[];
}

export const gatherLaws = {
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
