import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";

export type Slice = (x: tf.Tensor, begin: number[], size: number[]) => tf.Tensor;

/** A part of a tensor; a size of -1 reaches to the end. */
export interface Part {
  readonly dtype: "float32" | "int32" | "bool";
  readonly shape: number[];
  readonly begin: number[];
  readonly size: number[];
}

export const sliceLaws = {
  /** x holds 0, 1, 2, ...: an entry names its own place (a bool its parity). */
  async agreesWithIndexing(slice: Slice, { dtype, shape, begin, size }: Part): Promise<void> {
    const count = shape.reduce((product, length) => product * length, 1);
    const named = (place: number) => (dtype === "bool" ? place % 2 : place);
    const x = tf.tensor(
      Array.from({ length: count }, (_, place) => named(place)),
      shape,
      dtype,
    );
    const y = slice(x, begin, size);
    const lengths = size.map((length, axis) => (length === -1 ? shape[axis]! - begin[axis]! : length));
    expect(y.shape).toEqual(lengths);
    expect([...(await y.data())]).toEqual(placesOf(shape, begin, lengths).map(named));
    tf.dispose([x, y]);
  },
};

/** Places of the slice's entries in x, axis by axis. */
function placesOf(shape: readonly number[], begin: readonly number[], lengths: readonly number[]): number[] {
  let places = [0];
  for (const [axis, length] of lengths.entries())
    places = places.flatMap((place) => Array.from({ length }, (_, i) => place * shape[axis]! + begin[axis]! + i));
  return places;
}
