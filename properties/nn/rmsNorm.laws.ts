import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { rmsNorm, rmsNormBackward, rmsNormWeightGradient, type SavedRmsNorm } from "../../src/nn/rmsNorm.ts";
import { rmsNormTwin, rowsOf } from "../reference/layers.ts";
import { forEachBackend, onBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { runsOn } from "../support/runs.ts";
import { expectWithin, gamma, unitRoundoff32 } from "../support/tolerance.ts";
import { entries, normOf, size } from "./entries.ts";
import { fusedRmsNorm, withKernel } from "./fusedRmsNorm.ts";
import { functionRoundings, outputOf, type Layer, type LayerCase } from "./layer.ts";
import { lawsOfLayer } from "./lawsOfLayer.ts";
import { entriesOf, withGradients, withInputs } from "./mutants.ts";

interface RmsNormCase extends LayerCase {
  readonly eps: number;
}

function rmsNormLayer(eps: number): Layer {
  return {
    forward: ([x, weight]) => rmsNorm(x as tf.Tensor2D, weight as tf.Tensor1D, eps),
    backward: (dY, [, weight], saved) => [
      rmsNormBackward(dY as tf.Tensor2D, weight as tf.Tensor1D, saved as SavedRmsNorm, null, null),
      rmsNormWeightGradient(dY as tf.Tensor2D, saved as SavedRmsNorm),
    ],
  };
}

function rmsNormCase(
  N: number,
  D: number,
  eps: number,
  x: readonly number[],
  weight: readonly number[],
  dY: readonly number[],
): RmsNormCase {
  const inputs = [
    { shape: [N, D], values: x },
    { shape: [D], values: weight },
  ];
  const rows = rowsOf(x, D);
  const rstd = rows.map((row) => 1 / Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / D + eps));
  const y = rmsNormTwin(rows, weight, eps).flat();
  return {
    inputs,
    yShape: [N, D],
    dY,
    eps,
    twin: ([values, w]) => rmsNormTwin(rowsOf(values!, D), w!, eps).flat(),
    plain: ([values, w]) => {
      const meanSquare = tf.mean(tf.mul(values!, values!), -1, true);
      return tf.mul(tf.div(values!, tf.sqrt(tf.add(meanSquare, eps))), w!);
    },
    roundings: N + 2 * D + functionRoundings,
    forwardScale: normOf(y.length, (i) => y[i]!),
    // dX is the difference of two vectors no longer than rstd |w dY|; dWeight sums |dY xHat| over the rows
    backwardScales: (slope) => [
      2 * normOf(N * D, (i) => rstd[Math.floor(i / D)]! * weight[i % D]! * slope[i]!),
      normOf(D, (j) => rows.reduce((sum, row, n) => sum + Math.abs(slope[n * D + j]! * row[j]! * rstd[n]!), 0)),
    ],
  };
}

const anyRmsNorm: fc.Arbitrary<RmsNormCase> = fc
  .tuple(size, size, fc.constantFrom(1e-6, 1e-5, 1e-2))
  .chain(([N, D, eps]) =>
    fc
      .tuple(entries(N * D), entries(D), entries(N * D))
      .map(([x, weight, dY]) => rmsNormCase(N, D, eps, x, weight, dY)),
  );

type LayerOf = (example: RmsNormCase) => Layer;

const tooth = rmsNormCase(2, 3, 1e-2, entriesOf(6, 1), entriesOf(3, 2), entriesOf(6, 3));
const layerOf: LayerOf = ({ eps }) => rmsNormLayer(eps);
const withoutMean: LayerOf = ({ eps }) =>
  withGradients(rmsNormLayer(eps), ([, dWeight], [x, weight], dY) => {
    const rstd = tf.rsqrt(tf.add(tf.mean(tf.square(x!), 1, true), eps));
    return [tf.mul(tf.mul(dY, weight!), rstd), dWeight!];
  });
const centred: LayerOf = (example) =>
  withInputs(layerOf(example), ([x, weight]) => [tf.sub(x!, tf.mean(x!, 1, true)), weight!]);

forEachBackend((backend) => {
  lawsOfLayer("rmsNorm", backend, anyRmsNorm, layerOf, tooth, {
    twin: { "eps inside the root forgotten": () => rmsNormLayer(0), "plain layer norm": centred },
    differences: { "the mean forgotten": withoutMean },
  });

  lawsOf<(eps: number) => Layer>("rmsNorm", rmsNormLayer, (law) => {
    // scaling by a power of two is exact; eps is what breaks the invariance, so it is scaled too
    law("is invariant to scale: rmsNorm(4 x, 16 eps) = rmsNorm(x, eps)", {
      for: [anyRmsNorm],
      holds: async (of, example) => {
        const [x, weight] = example.inputs.map(({ values }) => values) as [number[], number[]];
        const plain = await outputOf(of(example.eps), example, [x, weight]);
        const scaled = await outputOf(of(example.eps * 16), example, [x.map((value) => 4 * value), weight]);
        const bound = gamma(example.roundings, unitRoundoff32);
        scaled.forEach((value, i) => expectWithin(value, plain[i]!, bound * Math.abs(plain[i]!), "rmsNorm(4 x)"));
      },
      rejects: { "an eps of its own": [() => rmsNormLayer(tooth.eps), tooth] },
      numRuns: runsOn(backend, 25).numRuns,
    });
  });
});

const fused =
  (kernel: ReturnType<typeof fusedRmsNorm>): LayerOf =>
  (example) => ({
    ...layerOf(example),
    forward: (inputs) => withKernel(kernel, () => layerOf(example).forward(inputs)),
  });
const twiceEps = fused(fusedRmsNorm((eps) => 2 * eps));

onBackend("cpu", () =>
  lawsOfLayer("rmsNorm by a kernel of the backend", "cpu", anyRmsNorm, fused(fusedRmsNorm((eps) => eps)), tooth, {
    twin: { "a kernel with 2 eps": twiceEps },
    differences: { "a kernel with 2 eps": twiceEps },
    adjoint: { "a kernel with 2 eps": twiceEps },
  }),
);
