import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { clipGradientNorm } from "../../src/optim/clipGradientNorm.ts";
import { Sgd } from "../../src/optim/sgd.ts";
import { float32 } from "../support/arbitraries.ts";
import { forEachBackend } from "../support/backends.ts";
import { expectWithin, gamma, norm, unitRoundoff32 } from "../support/tolerance.ts";
import { rejects } from "../support/rejects.ts";

const entry = float32.map((x) => (Math.abs(x) < 2 ** -20 ? 0 : x));
const table = fc.array(entry, { minLength: 6, maxLength: 6 });
const sizes = [2, 3] as const;

type Clip = (gradient: tf.Tensor2D, maxNorm: number) => tf.Tensor2D;

/**
 * Roundings beside those of the squares and their sum, on any backend: WGSL grants a division 2.5 ulp (5 unit roundoffs), a square root the
 * 2 ulp of inverseSqrt and the reciprocal's division, and the last product is rounded once.
 * @see https://www.w3.org/TR/WGSL/#floating-point-accuracy
 */
const roundingsOfTheFactor = 4 + 5 + 5 + 1;

/** The clipped gradient is no longer than maxNorm, points the same way, and is untouched where it was short enough. */
async function clipLaw(clip: Clip, values: readonly number[], maxNorm: number): Promise<void> {
  const gradient = tf.tensor2d(values as number[], [...sizes]);
  const clipped = clip(gradient, maxNorm);
  const got = await clipped.data();
  const bound = gamma(values.length + roundingsOfTheFactor, unitRoundoff32);
  const length = norm(values);
  const factor = length <= maxNorm ? 1 : maxNorm / length;
  values.forEach((value, i) => expectWithin(got[i]!, factor * value, bound * Math.abs(factor * value), `entry ${i}`));
  tf.dispose([gradient, clipped]);
}

forEachBackend(() => {
  describe("clipGradientNorm", () => {
    it("scales to the largest norm and leaves shorter gradients: g min(1, c / |g|)", () =>
      fc.assert(
        fc.asyncProperty(table, fc.constantFrom(0.01, 1, 1000, Number.POSITIVE_INFINITY), (values, maxNorm) =>
          clipLaw(clipGradientNorm, values, maxNorm),
        ),
        { numRuns: 60 },
      ));
    it("clipping of the norm rejects: no clipping, always normalising, clipping entry by entry", async () => {
      const values = [3, -4, 0, 0, 12, 0];
      await rejects(() => clipLaw((g) => tf.clone(g), values, 1));
      await rejects(() => clipLaw((g, c) => tf.mul(g, tf.div(c, tf.norm(g))), values, 1000));
      await rejects(() => clipLaw((g, c) => tf.clipByValue(g, -c, c), values, 1));
    });
  });

  describe("Sgd", () => {
    it("steps against the gradient: knobs' = knobs - lr g, and says what it added; its steps are counted and resume", () =>
      fc.assert(
        fc.asyncProperty(table, table, fc.constantFrom(0.5, 2), async (x, g, lr) => {
          const [knobs, gradient] = [tf.tensor2d(x, [...sizes]), tf.tensor2d(g, [...sizes])];
          const sgd = Sgd.start();
          const before = tf.memory().numTensors;
          const step = sgd.step(knobs, gradient, lr);
          expect(tf.memory().numTensors, "two tensors are made").toBe(before + 2);
          const [next, update] = [await step.knobs.data(), await step.update.data()];
          x.forEach((value, i) => {
            expect(update[i]! + 0).toBe(Math.fround(-lr * g[i]!) + 0);
            expect(next[i]! + 0).toBe(Math.fround(value + update[i]!) + 0);
          });
          expect((await Sgd.resume(await sgd.state()).state()).t).toBe(1);
          tf.dispose([knobs, gradient, step.knobs, step.update]);
        }),
        { numRuns: 40 },
      ));
    it("rejects a gradient of another table -> ShapeError", () => {
      expect(() => Sgd.start().step(tf.zeros([2, 3]), tf.zeros([3, 2]), 1)).toThrow(ShapeError);
    });
  });
});
