import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import { sampleIndicator } from "../../src/adapter/sampleIndicator.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";

const anyLengths = fc
  .array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 5 })
  .filter((lengths) => lengths.some((length) => length > 0));
const tooth = [2, 1, 3];

forEachBackend(() =>
  lawsOf("sampleIndicator", sampleIndicator, (law) => {
    law("sums rows: each token belongs to the one sample whose range it lies in, samples without tokens included", {
      else: "a sample's gradient holds its neighbours'",
      for: [anyLengths],
      numRuns: 30,
      holds: async (indicator, lengths) => {
        const starts = [0];
        for (const length of lengths) starts.push(starts.at(-1)! + length);
        const table = indicator(Int32Array.from(starts));
        const rows = await table.array();
        table.dispose();
        const isOwn = (b: number, n: number) => n >= starts[b]! && n < starts[b + 1]!;
        const tokens = Array.from({ length: starts.at(-1)! }, (_, n) => n);
        expect(rows).toEqual(lengths.map((_, b) => tokens.map((n) => Number(isOwn(b, n)))));
      },
      rejects: {
        "the next sample's first token too": [
          (starts) =>
            tf.tidy(() => {
              const next = tf.oneHot(Array.from(starts.subarray(1)), starts.at(-1)!) as tf.Tensor2D;
              return tf.add(sampleIndicator(starts), next);
            }),
          tooth,
        ],
        "the samples before too": [
          (starts) => tf.tidy(() => tf.cumsum<tf.Tensor2D>(sampleIndicator(starts), 0)),
          tooth,
        ],
        "a mean": [
          (starts) =>
            tf.tidy(() => {
              const ones = sampleIndicator(starts);
              return tf.divNoNan(ones, tf.sum(ones, 1, true)) as tf.Tensor2D;
            }),
          tooth,
        ],
        "samples reversed": [(starts) => tf.tidy(() => tf.reverse<tf.Tensor2D>(sampleIndicator(starts), 0)), tooth],
      },
    });
  }),
);
