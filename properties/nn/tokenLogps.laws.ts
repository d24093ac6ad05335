import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import { tokenLogpsBackward, tokenLogpsWeightGradient, tokenLogpsWithDerivative } from "../../src/nn/tokenLogps.ts";
import { rowsOf, tokenLogpTwin } from "../reference/layers.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { runsOn } from "../support/runs.ts";
import { expectWithin, gamma, norm, unitRoundoff32 } from "../support/tolerance.ts";
import { entries, normOf, size, vocabSize } from "./entries.ts";
import { functionRoundings, outputOf, type Layer, type LayerCase } from "./layer.ts";
import { lawsOfLayer } from "./lawsOfLayer.ts";
import { entriesOf, withGradients, withOutput } from "./mutants.ts";

interface TokenLogpsCase extends LayerCase {
  readonly targets: readonly number[];
}

function tokenLogpsLayer(targets: readonly number[]): Layer {
  return {
    forward: ([h, w]) => {
      const ids = tf.tensor1d([...targets], "int32");
      const { logps, dLogpsDh } = tokenLogpsWithDerivative(h as tf.Tensor2D, w as tf.Tensor2D, ids);
      return { y: logps, saved: { ids, dLogpsDh } };
    },
    backward: (dY, [h, w], saved) => {
      const { ids, dLogpsDh } = saved as { ids: tf.Tensor1D; dLogpsDh: tf.Tensor2D };
      return [
        tokenLogpsBackward(dY as tf.Tensor1D, dLogpsDh),
        tokenLogpsWeightGradient(h as tf.Tensor2D, w as tf.Tensor2D, ids, dY as tf.Tensor1D),
      ];
    },
  };
}

function tokenLogpsCase(
  D: number,
  targets: readonly number[],
  h: readonly number[],
  w: readonly number[],
  dY: readonly number[],
): TokenLogpsCase {
  const [N, Vocab] = [targets.length, w.length / D];
  const rows = rowsOf(h, D);
  const wMost = Math.max(...rowsOf(w, D).map(norm));
  // an error of a logit, at most |h| |w| roundings, is a relative error of its probability
  const logit = rows.map((row) => norm(row) * wMost);
  return {
    inputs: [
      { shape: [N, D], values: h },
      { shape: [Vocab, D], values: w },
    ],
    yShape: [N],
    dY,
    targets,
    twin: ([a, b]) => rowsOf(a!, D).map((row, n) => tokenLogpTwin(row, rowsOf(b!, D), targets[n]!)),
    plain: ([a, b]) => {
      const chosen = tf.cast(tf.oneHot(tf.tensor1d([...targets], "int32"), Vocab), "float32");
      return tf.sum(tf.mul(tf.logSoftmax(tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, false, true)), chosen), 1);
    },
    roundings: N + D + Vocab + functionRoundings,
    forwardScale: normOf(N, (n) => 4 * logit[n]! + Math.log(Vocab)),
    backwardScales: (slope) => [
      normOf(N, (n) => slope[n]! * wMost * (4 + 4 * logit[n]!)),
      rows.reduce((sum, row, n) => sum + Math.abs(slope[n]!) * norm(row) * (4 + 4 * logit[n]!), 0),
    ],
  };
}

const anyTokenLogps: fc.Arbitrary<TokenLogpsCase> = fc
  .tuple(vocabSize, size, size)
  .chain(([Vocab, D, N]) =>
    fc
      .tuple(
        fc.array(fc.integer({ min: 0, max: Vocab - 1 }), { minLength: N, maxLength: N }),
        entries(N * D),
        entries(Vocab * D),
        entries(N),
      )
      .map(([targets, h, w, dY]) => tokenLogpsCase(D, targets, h, w, dY)),
  );

type LayerOf = (targets: readonly number[]) => Layer;

const tooth = tokenLogpsCase(3, [2, 0], entriesOf(6, 1), entriesOf(12, 2), entriesOf(2, 3));
const onlyTargets = ({ targets }: TokenLogpsCase): Layer =>
  withGradients(tokenLogpsLayer(targets), ([, dW], [, w], dY) => [
    tf.mul(tf.expandDims(dY, 1), tf.gather(w!, tf.tensor1d([...targets], "int32"))),
    dW!,
  ]);
const shifting: LayerOf = (targets) => ({
  ...tokenLogpsLayer(targets),
  forward: ([h, w]) => {
    const { y, saved } = tokenLogpsLayer(targets).forward([h!, w!]);
    return { y: tf.add(y, tf.mul(1e-3, tf.sum(w!))), saved };
  },
});

forEachBackend((backend) => {
  const { numRuns } = runsOn(backend, 25);
  const name = "tokenLogpsWithDerivative";
  lawsOfLayer(name, backend, anyTokenLogps, ({ targets }) => tokenLogpsLayer(targets), tooth, {
    twin: { "the neighbour's target": ({ targets }) => tokenLogpsLayer(targets.toReversed()) },
    differences: { "probabilities forgotten": onlyTargets },
  });

  lawsOf<LayerOf>(name, tokenLogpsLayer, (law) => {
    law("is a distribution: sum_id exp(logp[id]) = 1, logp <= 0", {
      for: [anyTokenLogps],
      holds: async (of, example) => {
        const [h, w] = example.inputs as [TokenLogpsCase["inputs"][number], TokenLogpsCase["inputs"][number]];
        const [Vocab, D] = w.shape as [number, number];
        const bound = gamma(example.roundings, unitRoundoff32) * (1 + example.forwardScale);
        const first = h.values.slice(0, D);
        const inputs = [{ shape: [Vocab, D], values: Array.from({ length: Vocab }, () => first).flat() }, w];
        const everyId = Array.from({ length: Vocab }, (_, id) => id);
        const logps = await outputOf(
          of(everyId),
          { inputs },
          inputs.map(({ values }) => values),
        );
        const total = logps.reduce((sum, logp) => sum + Math.exp(logp), 0);
        expectWithin(total, 1, Vocab * bound, "sum of probabilities");
        for (const logp of logps) expect(logp).toBeLessThanOrEqual(bound);
      },
      rejects: {
        "a tenth lost": [(targets) => withOutput(tokenLogpsLayer(targets), (y) => tf.mul(y, 0.9)), tooth],
      },
      numRuns,
    });

    law("is invariant to a shift of all logits: logps(h, W + 1 c^T) = logps(h, W)", {
      for: [anyTokenLogps],
      holds: async (of, example) => {
        const [h, w] = example.inputs.map(({ values }) => values) as [number[], number[]];
        const plain = await outputOf(of(example.targets), example, [h, w]);
        const moved = w.map((value) => Math.fround(value + 2));
        const shifted = await outputOf(of(example.targets), example, [h, moved]);
        const D = h.length / example.targets.length;
        // logits grow by 2 |h|_1, and every weight was rounded once more
        const size = example.forwardScale + Math.max(...rowsOf(h, D).map((row) => 4 * Math.sqrt(D) * 8 * norm(row)));
        const bound = 2 * gamma(example.roundings, unitRoundoff32) * size;
        plain.forEach((logp, n) => expectWithin(shifted[n]!, logp, bound, `token ${n}`));
      },
      rejects: { "a shift that stays": [shifting, tooth] },
      numRuns,
    });
  });
});
