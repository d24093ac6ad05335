import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { rope, ropeBackward, ropeTable, type RopeTable } from "../../src/nn/rope.ts";
import { dot, headsOf, ropeTwin } from "../reference/layers.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { runsOn } from "../support/runs.ts";
import { expectWithin, gamma, norm, unitRoundoff32 } from "../support/tolerance.ts";
import { entries, normOf, size } from "./entries.ts";
import { functionRoundings, outputOf, type Layer, type LayerCase } from "./layer.ts";
import { lawsOfLayer } from "./lawsOfLayer.ts";
import { entriesOf, scaledOutput, withInputs } from "./mutants.ts";

interface RopeCase extends LayerCase {
  readonly positions: readonly number[];
  readonly theta: number;
}

/** The rotation's table is made with the forward pass and kept for the backward one, as a batch's layout does. */
function ropeLayer({ positions, theta, yShape }: RopeCase): Layer {
  return {
    forward: ([x]) => {
      const table = ropeTable(positions, yShape[2]!, theta);
      return { y: rope(x as tf.Tensor3D, table), saved: { ...table } };
    },
    backward: (dY, _, saved) => [ropeBackward(dY as tf.Tensor3D, saved as Pick<RopeTable, keyof RopeTable>)],
  };
}

function ropeCase(
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

const anyRope: fc.Arbitrary<RopeCase> = fc
  .tuple(size, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), fc.constantFrom(100, 1e4, 1e6))
  .chain(([N, H, half, theta]) => {
    const count = N * H * 2 * half;
    const positions = fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: N, maxLength: N });
    return fc
      .tuple(positions, entries(count), entries(count))
      .map(([at, x, dY]) => ropeCase(H, 2 * half, theta, at, x, dY));
  });

type LayerOf = (example: RopeCase) => Layer;
type Table = (positions: number[], headDim: number, theta: number) => RopeTable;

const tooth = ropeCase(2, 4, 100, [0, 3, 7], entriesOf(24, 1), entriesOf(24, 2));
const turnedAgain: LayerOf = (example) => ({
  ...ropeLayer(example),
  backward: (dY) => [ropeLayer(example).forward([dY]).y],
});
const interleaved: LayerOf = (example) =>
  withInputs(ropeLayer(example), ([x]) => [tf.gather(x!, tf.tensor1d([0, 2, 1, 3], "int32"), 2)]);
const at =
  (change: (position: number) => number): LayerOf =>
  (example) =>
    ropeLayer({ ...example, positions: example.positions.map(change) });
/** Angles off by the rounding of a float32 program. */
const roundedAngles: Table = (positions, headDim, theta) =>
  ropeTable(
    positions.map((position) => position * (1 + unitRoundoff32)),
    headDim,
    theta,
  );

forEachBackend((backend) => {
  const { numRuns } = runsOn(backend, 25);
  lawsOfLayer("rope", backend, anyRope, ropeLayer, tooth, {
    twin: { "positions off by one": at((position) => position + 1), "interleaved pairs": interleaved },
    adjoint: { "turned the other way back": turnedAgain },
  });

  lawsOf<LayerOf>("rope", ropeLayer, (law) => {
    law("conserves every head's norm: |rope(x)| = |x|", {
      for: [anyRope],
      holds: async (of, example) => {
        const [, H, Dh] = example.yShape as [number, number, number];
        const x = example.inputs[0]!.values;
        const turned = headsOf(await outputOf(of(example), example, [x]), H, Dh).flat();
        const bound = gamma(example.roundings, unitRoundoff32);
        headsOf(x, H, Dh)
          .flat()
          .forEach((head, i) => expectWithin(norm(turned[i]!), norm(head), bound * norm(head), "|rope(x)|"));
      },
      rejects: { "a longer output": [(example) => scaledOutput(ropeLayer(example)), tooth] },
      numRuns,
    });

    // the angle's rounding grows with the position, so positions stay small
    law("knows relative position only: <rope(q, m), rope(k, n)> = <rope(q, m + c), rope(k, n + c)>", {
      else: "a model sees other distances between tokens than it was trained on",
      for: [anyRope, fc.integer({ min: 0, max: 64 })],
      holds: async (of, example, shift) => {
        const [, H, Dh] = example.yShape as [number, number, number];
        const small = example.positions.map((position) => position % 64);
        const x = example.inputs[0]!.values;
        const turned = async (positions: readonly number[]) =>
          headsOf(await outputOf(of({ ...example, positions }), example, [x]), H, Dh).map(([head]) => head!);
        const [here, there] = [await turned(small), await turned(small.map((position) => position + shift))];
        here.forEach((q, m) =>
          here.forEach((k, n) =>
            expectWithin(
              dot(there[m]!, there[n]!),
              dot(q, k),
              4 * gamma(example.roundings, unitRoundoff32) * norm(q) * norm(k),
              `tokens ${m}, ${n}`,
            ),
          ),
        );
      },
      rejects: { "positions squared": [at((position) => position ** 2), tooth, 3] },
      numRuns,
    });
  });

  lawsOf<Table>("ropeTable", ropeTable, (law) => {
    law("is exact at any position: |cos - cos(position theta^-2i/Dh)| <= half an ulp of 1, up to 40960", {
      for: [fc.integer({ min: 0, max: 40_960 }), fc.constantFrom(1e4, 1e6)],
      holds: (table, position, theta) => {
        const made = table([position], 4, theta);
        const [cos, sin] = [made.cos.dataSync(), made.sin.dataSync()];
        tf.dispose([made.cos, made.sin, made.rotate]);
        [position, position / theta ** 0.5].forEach((angle, i) => {
          expectWithin(cos[i]!, Math.cos(angle), unitRoundoff32, "cos");
          expectWithin(sin[i]!, Math.sin(angle), unitRoundoff32, "sin");
        });
      },
      rejects: { "angles rounded to float32": [roundedAngles, 40_001, 1e4] },
      numRuns,
    });
  });
});
