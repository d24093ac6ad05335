import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import { onBackend } from "../../support/backends.ts";
import { lawsOf } from "../../support/lawsOf.ts";

type Slice = (x: tf.Tensor, begin: number[], size: number[]) => tf.Tensor;

/** A part of a tensor; a size of -1 reaches to the end. */
interface Part {
  readonly dtype: "float32" | "int32" | "bool";
  readonly shape: number[];
  readonly begin: number[];
  readonly size: number[];
}

const sliceLaws = {
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

const part: Part = { dtype: "float32", shape: [3, 4, 2], begin: [1, 1, 0], size: [2, 2, -1] };
const fromTheStart: Slice = (x, begin, size) =>
  tf.slice(
    x,
    begin.map(() => 0),
    x.shape.map((length, axis) => (size[axis] === -1 ? length - begin[axis]! : size[axis]!)),
  );
const oneLater: Slice = (x, begin, size) => tf.slice(x, [begin[0]!, begin[1]! + 1, begin[2]!], size);
const oneRunTooLong: Slice = (x, begin, size) => {
  const whole = tf.reshape(tf.slice(x, [begin[0]!, 0, 0], [-1, -1, -1]), [-1]); // as if the rows of a part were contiguous
  return tf.reshape(tf.slice(whole, [begin[1]! * 2], [8]), [size[0]!, size[1]!, 2]);
};

onBackend("wasm", () =>
  lawsOf<Slice>("installWasmSlice", tf.slice, (law) => {
    law("takes the entries that the indices name, any rank from 1, dtype and part", {
      else: "one sample's keys and values are another's",
      for: [anyPart],
      holds: sliceLaws.agreesWithIndexing,
      rejects: {
        "the beginning forgotten": [fromTheStart, part],
        "one entry later": [oneLater, part],
        "a part copied in one run": [oneRunTooLong, part],
      },
    });
  }),
);
