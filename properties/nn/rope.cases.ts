import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { rope, ropeBackward, ropeTable, type RopeTable } from "../../src/nn/rope.ts";
import { headsOf, ropeTwin } from "../reference/layers.ts";
import { entries, normOf, size } from "./entries.ts";
import { functionRoundings, type Layer, type LayerCase } from "./layer.statements.ts";

export interface RopeCase extends LayerCase {
  readonly positions: readonly number[];
  readonly theta: number;
}

/** The rotation's table is made with the forward pass and kept for the backward one, as a batch's layout does. */
export function ropeLayer({ positions, theta, yShape }: RopeCase): Layer {
  return {
    forward: ([x]) => {
      const table = ropeTable(positions, yShape[2]!, theta);
      return { y: rope(x as tf.Tensor3D, table), saved: { ...table } };
    },
    backward: (dY, _, saved) => [ropeBackward(dY as tf.Tensor3D, saved as Pick<RopeTable, keyof RopeTable>)],
  };
}

export function ropeCase(
  H: number,
  Dh: number,
  theta: number,
  positions: readonly number[],
  x: readonly number[],
  dY: readonly number[],
): RopeCase {
  const N = positions.length;
  return {
    inputs: [{ shape: [N, H, Dh], values: x }],
    yShape: [N, H, Dh],
    dY,
    positions,
    theta,
    twin: ([values]) =>
      headsOf(values!, H, Dh).flatMap((heads, n) => heads.flatMap((head) => ropeTwin(head, positions[n]!, theta))),
    plain: ([values]) => {
      const [first, second] = tf.split(values as tf.Tensor3D, 2, 2) as [tf.Tensor3D, tf.Tensor3D];
      const angles = positions.flatMap((position) =>
        Array.from({ length: Dh / 2 }, (_, i) => position * theta ** ((-2 * i) / Dh)),
      );
      const table = (f: (angle: number) => number) => tf.tensor3d(angles.map(f), [N, 1, Dh / 2]);
      const [cos, sin] = [table(Math.cos), table(Math.sin)];
      return tf.concat(
        [tf.sub(tf.mul(first, cos), tf.mul(second, sin)), tf.add(tf.mul(second, cos), tf.mul(first, sin))],
        2,
      );
    },
    roundings: Dh + functionRoundings,
    // each number is the sum of two no longer than x together
    forwardScale: 2 * normOf(x.length, (i) => x[i]!),
    backwardScales: (slope) => [2 * normOf(slope.length, (i) => slope[i]!)],
  };
}

export const anyRope: fc.Arbitrary<RopeCase> = fc
  .tuple(size, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), fc.constantFrom(100, 1e4, 1e6))
  .chain(([N, H, half, theta]) => {
    const count = N * H * 2 * half;
    const positions = fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: N, maxLength: N });
    return fc
      .tuple(positions, entries(count), entries(count))
      .map(([at, x, dY]) => ropeCase(H, 2 * half, theta, at, x, dY));
  });
