import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { clipGradientNorm } from "../../src/optim/clipGradientNorm.ts";
import { float32 } from "../support/arbitraries.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, gamma, norm, unitRoundoff32 } from "../support/tolerance.ts";

const entry = float32.map((x) => (Math.abs(x) < 2 ** -20 ? 0 : x));
const table = fc.array(entry, { minLength: 6, maxLength: 6 });
const anyNorm: fc.Arbitrary<number> = fc.constantFrom(0.01, 1, 1000, Number.POSITIVE_INFINITY);
const tooth = [3, -4, 0, 0, 12, 0];

/**
 * Roundings beside those of the squares and their sum, on any backend: WGSL grants a division 2.5 ulp (5 unit roundoffs), a
 * square root the 2 ulp of inverseSqrt and the reciprocal's division, and the last product is rounded once.
 *
 * @see https://www.w3.org/TR/WGSL/#floating-point-accuracy
 */
const roundingsOfTheFactor = 4 + 5 + 5 + 1;

forEachBackend(() =>
  lawsOf("clipGradientNorm", clipGradientNorm, (law) => {
    law("scales to the largest norm and leaves shorter gradients: g min(1, c / |g|)", {
      for: [table, anyNorm],
      numRuns: 60,
      holds: async (clip, values, maxNorm) => {
        const gradient = tf.tensor2d(values, [2, 3]);
        const clipped = clip(gradient, maxNorm);
        const got = await clipped.data();
        tf.dispose([gradient, clipped]);
        const bound = gamma(values.length + roundingsOfTheFactor, unitRoundoff32);
        const length = norm(values);
        const factor = length <= maxNorm ? 1 : maxNorm / length;
        values.forEach((value, i) =>
          expectWithin(got[i]!, factor * value, bound * Math.abs(factor * value), `entry ${i}`),
        );
      },
      rejects: {
        "no clipping": [(g) => tf.clone(g), tooth, 1],
        "always normalising": [(g, c) => tf.mul(g, tf.div(c, tf.norm(g))), tooth, 1000],
        "clipping entry by entry": [(g, c) => tf.clipByValue(g, -c, c), tooth, 1],
      },
    });
  }),
);
