import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import {
  fracFired,
  meanCosine,
  moduleCosines,
  reluCosines,
  sampleCosines,
  type SampleCosines,
} from "../../src/projection/cosines.ts";
import { hackCoefs, unitDirections } from "../../src/projection/directions.ts";
import { sumSamples } from "../../src/projection/sumSamples.ts";
import { cosSContribReference, moduleCosinesReference } from "../reference/projection.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, gamma, norm, unitRoundoff32 } from "../support/tolerance.ts";
import { anyWorld, cosineBound, onDevice, padded, toothWorld, widest, type World } from "./world.ts";

/** Run something on a world's gradient, v_hack and unit directions, and free them. */
async function withTables<T>(
  world: World,
  use: (gradient: tf.Tensor2D, vHack: tf.Tensor3D, v: tf.Tensor2D) => Promise<T> | T,
): Promise<T> {
  const { gradient, vHack } = onDevice(world);
  const v = unitDirections(vHack);
  const made = await use(gradient, vHack, v);
  tf.dispose([gradient, vHack, v]);
  return made;
}

const signedOf = (cosines: typeof moduleCosines, world: World): Promise<number[]> =>
  withTables(world, async (gradient, _, v) => (await cosines(gradient, v).array()) as number[]);
const reluOf = (cosines: typeof reluCosines, world: World): Promise<number[]> =>
  withTables(world, async (gradient, vHack) => (await cosines(gradient, vHack).array()) as number[]);

const withGradients = (world: World, f: (g: readonly number[]) => number[]): World =>
  world.map(({ g, V }) => ({ g: f(g), V }));
const shrunk = (world: World) => withGradients(world, (g) => g.map((x) => x * 2 ** -10));
const turned = (world: World) => withGradients(world, (g) => g.map((x) => -x));
const zeroed = (world: World) => withGradients(world, (g) => g.map(() => 0));
const sumOfRows = (V: World[number]["V"]) => V[0]!.map((_, j) => V.reduce((sum, row) => sum + row[j]!, 0));
const worstBound = (world: World) => Math.max(...world.map(cosineBound));
const isDirected = ({ V }: World[number]) => V.some((v) => norm(v) > 0);

const unnormalised: typeof moduleCosines = (g, v) => tf.mul(moduleCosines(g, v), tf.norm(g));
const negated: typeof moduleCosines = (g, v) => tf.neg(moduleCosines(g, v));
const absolute: typeof moduleCosines = (g, v) => tf.abs(moduleCosines(g, v));
/** |c| / |g| in place of |relu(c)| / |g|. */
const inTheSpan: typeof reluCosines = (g, vHack) =>
  tf.tidy(() => tf.div(tf.norm(hackCoefs(g, vHack), 2, 1), tf.maximum(tf.norm(g, 2, 1), 1e-30)) as tf.Tensor1D);

forEachBackend(() => {
  lawsOf("moduleCosines", moduleCosines, (law) => {
    law("agrees with the float64 twin: <g_m, v_m> / |g_m|", {
      else: "cos_in and cos_out of the report are not the cosines that R3 speaks of",
      for: [anyWorld],
      holds: async (cosines, world) => {
        const found = await signedOf(cosines, world);
        world.forEach((module, m) => {
          const { signed } = moduleCosinesReference(module.g, module.V);
          expectWithin(found[m]!, signed, cosineBound(module), `module ${m}`);
        });
      },
      rejects: {
        "a sign": [negated, toothWorld],
        "an absolute value": [absolute, toothWorld],
        "no division by the norm": [unnormalised, toothWorld],
        "relu for signed": [(g, v) => tf.relu(moduleCosines(g, v)), toothWorld],
      },
    });

    law("bounds: |cosine| <= 1", {
      for: [anyWorld],
      holds: async (cosines, world) => {
        const found = await signedOf(cosines, world);
        world.forEach((module, m) => expect(Math.abs(found[m]!)).toBeLessThanOrEqual(1 + cosineBound(module)));
      },
      rejects: { "no division by the norm": [unnormalised, [{ g: [3, 4], V: [[0, 1]] }]] },
    });

    law("is invariant to scale: cos(2^-10 g) = cos(g), bit for bit", {
      else: "gradients small enough to underflow when squared lose their cosine",
      for: [anyWorld],
      holds: async (cosines, world) =>
        expect(await signedOf(cosines, shrunk(world))).toEqual(await signedOf(cosines, world)),
      rejects: { "no division by the norm": [unnormalised, toothWorld] },
    });

    law("turns with the gradient: cos(-g) = -cos(g)", {
      else: "away from the hack reads as toward it",
      for: [anyWorld],
      holds: async (cosines, world) => {
        const [plain, opposite] = [await signedOf(cosines, world), await signedOf(cosines, turned(world))];
        plain.forEach((value, m) => expect(opposite[m] === -value).toBe(true));
      },
      rejects: { "an absolute value": [absolute, toothWorld] },
    });

    law("reads a direction against itself as 1: cos(sum_i v_i) = 1", {
      for: [anyWorld],
      holds: async (cosines, world) => {
        const found = await signedOf(
          cosines,
          world.map(({ V }) => ({ g: sumOfRows(V), V })),
        );
        world.forEach((module, m) =>
          expectWithin(found[m]!, isDirected(module) ? 1 : 0, worstBound(world), "cos(v, v)"),
        );
      },
      rejects: { "a sign": [negated, toothWorld] },
    });

    law("reads a zero gradient as 0, not as NaN", {
      for: [anyWorld],
      holds: async (cosines, world) =>
        expect((await signedOf(cosines, zeroed(world))).map(Math.abs)).toEqual(world.map(() => 0)),
      rejects: {
        "NaN for a zero gradient": [(g, v) => tf.div(moduleCosines(g, v), tf.max(tf.abs(g), 1)), toothWorld],
      },
    });

    law("frees intermediates: numTensors grows by the output", {
      for: [anyWorld],
      holds: (cosines, world) =>
        withTables(world, (gradient, _, v) => {
          const before = tf.memory().numTensors;
          const found = cosines(gradient, v);
          expect(tf.memory().numTensors).toBe(before + 1);
          found.dispose();
        }),
      rejects: { "no dispose": [(g, v) => moduleCosines(tf.mul(g, 1), v), toothWorld] },
    });
  });

  lawsOf("meanCosine", meanCosine, (law) => {
    law("is the mean over all M modules: 1/M sum_m <g_m, v_m> / |g_m|", {
      else: "cos_in and cos_out weigh the modules that fired more than the others",
      for: [anyWorld],
      holds: async (mean, world) => {
        const found = await withTables(world, (gradient, _, v) => mean(gradient, v));
        const signed = world.map(({ g, V }) => moduleCosinesReference(g, V).signed);
        expectWithin(found, signed.reduce((sum, value) => sum + value, 0) / world.length, worstBound(world), "mean");
      },
      rejects: {
        "a mean over fired modules only": [
          async (g, v) => {
            const cosines = [...(await moduleCosines(g, v).data())];
            return cosines.reduce((sum, x) => sum + x, 0) / cosines.filter((x) => x > 1e-6).length;
          },
          toothWorld,
        ],
      },
    });

    law("frees intermediates: numTensors is unchanged", {
      for: [anyWorld],
      holds: (mean, world) =>
        withTables(world, async (gradient, _, v) => {
          const before = tf.memory().numTensors;
          await mean(gradient, v);
          expect(tf.memory().numTensors).toBe(before);
        }),
      rejects: { "no dispose": [(g, v) => meanCosine(tf.mul(g, 1), v), toothWorld] },
    });
  });

  lawsOf("reluCosines", reluCosines, (law) => {
    law("agrees with the float64 twin: |relu(V_m g_m)| / |g_m|", {
      for: [anyWorld],
      holds: async (cosines, world) => {
        const found = await reluOf(cosines, world);
        world.forEach((module, m) => {
          const { relu } = moduleCosinesReference(module.g, module.V);
          expectWithin(found[m]!, relu, cosineBound(module), `module ${m}`);
        });
      },
      rejects: { "the whole component in the span": [inTheSpan, toothWorld] },
    });

    law("bounds: 0 <= relu cosine <= 1", {
      for: [anyWorld],
      holds: async (cosines, world) => {
        const found = await reluOf(cosines, world);
        world.forEach((module, m) => {
          expect(found[m]!).toBeGreaterThanOrEqual(0);
          expect(found[m]!).toBeLessThanOrEqual(1 + cosineBound(module));
        });
      },
      rejects: {
        "no division by the norm": [
          (g, vHack) => tf.mul(reluCosines(g, vHack), tf.norm(g)),
          [{ g: [3, 4], V: [[0, 1]] }],
        ],
      },
    });

    law("is invariant to scale: bit for bit, and 0 for a zero gradient", {
      else: "gradients small enough to underflow when squared do not fire",
      for: [anyWorld],
      holds: async (cosines, world) => {
        expect(await reluOf(cosines, shrunk(world))).toEqual(await reluOf(cosines, world));
        expect(await reluOf(cosines, zeroed(world))).toEqual(world.map(() => 0));
      },
      rejects: {
        "squares of the gradient as it came": [
          (g, vHack) =>
            tf.tidy(() => {
              const length = tf.sqrt(tf.sum(tf.square(g), -1));
              const hackward = tf.sqrt(tf.sum(tf.square(tf.relu(hackCoefs(g, vHack))), -1));
              return tf.div(hackward, tf.where(tf.equal(length, 0), tf.onesLike(length), length));
            }),
          [{ g: [2 ** -70, 0], V: [[1, 0]] }],
        ],
      },
    });
  });

  lawsOf("fracFired", fracFired, (law) => {
    law("is the share of all modules that fired: #(relu cosine > 1e-6) / M", {
      for: [anyWorld],
      holds: async (fired, world) => {
        const found = await withTables(world, (gradient, vHack) => fired(gradient, vHack));
        const relu = await reluOf(reluCosines, world);
        expect(found).toBe(relu.filter((value) => value > 1e-6).length / world.length);
        expect(await withTables(zeroed(world), (gradient, vHack) => fired(gradient, vHack))).toBe(0);
      },
      rejects: {
        "a share of something else": [
          async (g, vHack) => {
            const cosines = await inTheSpan(g, vHack).data();
            return cosines.filter((x) => x > 1e-6).length / cosines.length;
          },
          toothWorld,
        ],
      },
    });

    law("frees intermediates: numTensors is unchanged", {
      for: [anyWorld],
      holds: (fired, world) =>
        withTables(world, async (gradient, vHack) => {
          const before = tf.memory().numTensors;
          await fired(gradient, vHack);
          expect(tf.memory().numTensors).toBe(before);
        }),
      rejects: { "no dispose": [(g, vHack) => fracFired(tf.mul(g, 1), vHack), toothWorld] },
    });
  });
});

/** Cosines of a batch in which sample b has the world's gradients times factors[b]. */
function samplesOf(
  read: typeof sampleCosines,
  world: World,
  factors: readonly number[],
): Promise<readonly SampleCosines[]> {
  const P = widest(world);
  return withTables(world, async (_, __, v) => {
    const times = (factor: number) =>
      world.map(({ g }) =>
        padded(
          g.map((x) => x * factor),
          P,
        ),
      );
    const gradients = tf.tensor3d(factors.map(times));
    const cosines = await read(gradients, v);
    gradients.dispose();
    return cosines;
  });
}

/** As cosineBound, summed over modules by Cauchy-Schwarz, with the sums over modules on top. */
function sampleBound(world: World): number {
  return Math.sqrt(world.length) * (worstBound(world) + gamma(4 * world.length, unitRoundoff32)) * 2;
}

forEachBackend(() =>
  lawsOf("sampleCosines", sampleCosines, (law) => {
    law("agrees with the float64 twin: sum_m <g_m, v_m> / sqrt(sum_m |g_m|^2), and its norm", {
      else: "R2 and R4 test another quantity than cos_S_contrib",
      for: [anyWorld],
      holds: async (read, world) => {
        const [cosines] = await samplesOf(read, world, [1]);
        const reference = cosSContribReference(
          world.map(({ g }) => g),
          world.map(({ V }) => V),
        );
        if (reference === null) return expect(cosines!.cosSContrib).toBeNull();
        const bound = sampleBound(world);
        const normalised = reference / Math.sqrt(world.length);
        expectWithin(cosines!.cosSContrib ?? Number.NaN, reference, bound, "cosSContrib");
        expectWithin(cosines!.cosSNormalized ?? Number.NaN, normalised, bound, "cosSNormalized");
        const length = norm(world.map(({ g }) => norm(g)));
        expectWithin(cosines!.gradNorm, length, bound * length, "gradNorm");
      },
      rejects: {
        "the mean of module cosines": [
          async (g, v) => {
            const cosSContrib = await meanCosine(sumSamples(g), v);
            return (await sampleCosines(g, v)).map((sample) => ({ ...sample, cosSContrib }));
          },
          toothWorld,
        ],
      },
    });

    law("bounds: |cosSContrib| <= sqrt(M), |cosSNormalized| <= 1", {
      for: [anyWorld],
      holds: async (read, world) => {
        const [cosines] = await samplesOf(read, world, [1]);
        if (cosines!.cosSNormalized === null) return;
        const most = 1 + sampleBound(world);
        expect(Math.abs(cosines!.cosSNormalized)).toBeLessThanOrEqual(most);
        expect(Math.abs(cosines!.cosSContrib!)).toBeLessThanOrEqual(Math.sqrt(world.length) * most);
      },
      rejects: {
        "no normalisation": [
          async (g, v) =>
            (await sampleCosines(g, v)).map((sample) => ({
              ...sample,
              cosSNormalized: sample.cosSNormalized! * sample.gradNorm * 9,
            })),
          toothWorld,
        ],
      },
    });

    law("keeps samples apart: alone = in a batch, whatever the neighbours' size; zero gradient -> null", {
      else: "a sample's cosine depends on what it was batched with",
      for: [anyWorld],
      holds: async (read, world) => {
        const [alone] = await samplesOf(read, world, [1]);
        const together = await samplesOf(read, world, [4, 0, 1, 2 ** -8, -1]);
        expect(together[2]).toEqual(alone);
        expect(together[1]).toEqual({ cosSContrib: null, cosSNormalized: null, gradNorm: 0 });
        for (const b of [0, 3]) expect({ ...together[b], gradNorm: 0 }).toEqual({ ...alone, gradNorm: 0 });
        if (alone!.cosSContrib !== null) expect(together[4]!.cosSContrib === -alone!.cosSContrib).toBe(true);
      },
      rejects: {
        "samples that leak": [(g, v) => sampleCosines(tf.cumsum(g, 0), v), toothWorld],
        "zero for no cosine": [
          async (g, v) => (await sampleCosines(g, v)).map((s) => ({ ...s, cosSContrib: s.cosSContrib ?? 0 })),
          toothWorld,
        ],
      },
    });

    law("frees intermediates: numTensors is unchanged", {
      for: [anyWorld],
      holds: async (read, world) => {
        const before = tf.memory().numTensors;
        await samplesOf(read, world, [1, 2]);
        expect(tf.memory().numTensors).toBe(before);
      },
      rejects: { "no dispose": [(g, v) => sampleCosines(tf.mul(g, 1), v), toothWorld] },
    });
  }),
);
