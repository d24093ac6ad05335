import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { sumSamples } from "../../src/projection/sumSamples.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, gamma, unitRoundoff32 } from "../support/tolerance.ts";
import { anyWorld, onDevice, toothWorld, type World } from "./world.ts";

/** Several samples over the same modules: one world's gradients in several sizes. */
const samples = fc
  .tuple(anyWorld, fc.array(fc.constantFrom(1, -1, 0.5, 3, 0), { minLength: 1, maxLength: 5 }))
  .map(([world, factors]): World[] =>
    factors.map((factor) => world.map(({ g, V }) => ({ g: g.map((x) => Math.fround(x * factor)), V }))),
  );

forEachBackend(() =>
  lawsOf("sumSamples", sumSamples, (law) => {
    law("sums, never averages: out = sum_b gradients_b", {
      for: [samples],
      holds: async (sumOf, worlds) => {
        const tables = worlds.map((world) => onDevice(world));
        const stacked = tf.stack(tables.map(({ gradient }) => gradient)) as tf.Tensor3D;
        const sum = sumOf(stacked);
        const [values, entries] = [await sum.array(), await stacked.array()];
        tf.dispose([sum, stacked, ...tables.flatMap(({ gradient, vHack }) => [gradient, vHack])]);
        values.forEach((row, m) =>
          row.forEach((value, j) => {
            const terms = entries.map((table) => table[m]![j]!);
            const total = terms.reduce((partial, x) => partial + x, 0);
            const size = terms.reduce((partial, x) => partial + Math.abs(x), 0);
            expectWithin(value, total, gamma(worlds.length, unitRoundoff32) * size, `module ${m} entry ${j}`);
          }),
        );
      },
      rejects: { "a mean": [(g) => tf.div(sumSamples(g), g.shape[0]), [toothWorld, toothWorld]] },
    });
  }),
);
