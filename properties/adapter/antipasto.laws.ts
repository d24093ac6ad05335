import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import { applyKnobs, type Adapter, type GradientCollector, type SampleTokens } from "../../src/adapter/adapter.ts";
import { AntiPasto } from "../../src/adapter/antipasto.ts";
import type { WeightSvd } from "../../src/adapter/weightSvd/weightSvd.ts";
import { completionLogps } from "../../src/decoder/logps.ts";
import type { Qwen3Model } from "../../src/decoder/model.ts";
import { forward } from "../../src/decoder/perSampleGradients.ts";
import { raggedBatch, type Sequence } from "../../src/decoder/raggedBatch.ts";
import { ConfigError } from "../../src/errors.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import { gradientRows, onBench } from "../decoder/gradientBench.ts";
import { expectSameLogps, scoresOf } from "../decoder/scores.ts";
import { adaptedTwin, drawnKnobs, flatKnobs, idsOf, nllDLogps } from "../decoder/tinyPasses.ts";
import { tokenLogpsTwin } from "../reference/qwen3.ts";
import { float32Vector } from "../support/arbitraries.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { runsOn } from "../support/runs.ts";
import { anyModelWorld, tinyAntiPasto, tinyModel, withModel, type World } from "../support/tinyModel.ts";
import { expectWithin, gamma, goldenError, goldenTolerance, unitRoundoff32 } from "../support/tolerance.ts";

/** How knobs are put to use, and what they mean. */
interface Unit {
  readonly Class: new (moduleNames: readonly string[], svds: ReadonlyMap<string, WeightSvd>) => Adapter;
  readonly apply: typeof applyKnobs;
}
const honest: Unit = { Class: AntiPasto, apply: applyKnobs };

interface Bench extends Unit {
  readonly model: Qwen3Model;
  readonly adapter: Adapter;
  readonly svds: ReadonlyMap<string, WeightSvd>;
}

async function onAdapter(
  unit: Unit,
  { tiny }: World,
  use: (bench: Bench) => Promise<void>,
  changed = (svd: WeightSvd) => svd,
): Promise<void> {
  await withModel(tiny, async (model) => {
    const real = tinyAntiPasto(tiny, model.moduleNames);
    real.adapter.dispose();
    const svds = new Map([...real.svds].map(([name, svd]) => [name, changed(svd)]));
    const adapter = new unit.Class(model.moduleNames, svds);
    await use({ ...unit, model, adapter, svds });
    adapter.dispose();
  });
}

async function atKnobs({ model, adapter, apply }: Bench, values: Float32Array): Promise<void> {
  const knobs = tf.tensor2d(values, [adapter.layout.moduleNames.length, adapter.layout.P]);
  await apply(model, adapter, knobs);
  knobs.dispose();
}

async function gradientsAtZero({ model, adapter }: Bench, sequences: readonly Sequence[]): Promise<Float32Array[]> {
  const batch = raggedBatch(sequences);
  const knobs = adapter.initialKnobs();
  const pass = await forward(model, batch);
  const gradients = pass.backward(adapter, knobs, nllDLogps(batch)(pass.logps));
  const values = (await gradients.data()) as Float32Array;
  tf.dispose([gradients, knobs]);
  const size = values.length / batch.size;
  return sequences.map((_, b) => values.subarray(b * size, (b + 1) * size));
}

const scores = ({ model }: Bench, { sequences }: World) => scoresOf(completionLogps, model, sequences);

/** The NLL of a world's first sample before and after a small step against its gradient; null where such a step is long. */
async function nllAround(
  apply: typeof applyKnobs,
  world: World,
  seed: number,
): Promise<{ readonly before: number; readonly after: number } | null> {
  const sequences = world.sequences.slice(0, 1);
  const tokens = sequences[0]!.completionIds.length;
  const nlls: number[] = [];
  await onBench(world.tiny, seed, async ({ model, adapter, knobs, ...bench }) => {
    const nll = async () =>
      -(await scoresOf(completionLogps, model, sequences))[0]!.reduce((sum, logp) => sum + logp, 0) / tokens;
    const [row] = await gradientRows(forward, { model, adapter, knobs, ...bench }, sequences);
    const squares = row!.reduce((sum, g) => sum + g * g, 0);
    const step = 0.01 / squares; // should lower the NLL by 0.01 nats, a thousand times the error of log-probabilities
    if (step * Math.sqrt(squares) >= 0.05) return;
    const batch = raggedBatch(sequences);
    const pass = await forward(model, batch);
    const gradients = pass.backward(adapter, knobs, nllDLogps(batch)(pass.logps));
    const next = tf.tidy(() => tf.sub<tf.Tensor2D>(knobs, tf.mul(tf.reshape(gradients, knobs.shape), step)));
    nlls.push(await nll());
    await apply(model, adapter, next);
    nlls.push(await nll());
    tf.dispose([gradients, next]);
  });
  return nlls.length === 0 ? null : { before: nlls[0]!, after: nlls[1]! };
}

class ScaledByS extends AntiPasto {
  constructor(moduleNames: readonly string[], svds: ReadonlyMap<string, WeightSvd>) {
    const scaled = (svd: WeightSvd) => ({ ...svd, u: svd.u.map((value, i) => value * svd.s[i % svd.r]!) });
    super(moduleNames, new Map([...svds].map(([name, svd]) => [name, scaled(svd)])));
  }
}
class StartsAside extends AntiPasto {
  override initialKnobs(): tf.Tensor2D {
    return tf.fill([this.layout.moduleNames.length, this.layout.P], 1e-3);
  }
}
class UnsignedU extends AntiPasto {
  constructor(moduleNames: readonly string[], svds: ReadonlyMap<string, WeightSvd>) {
    super(moduleNames, new Map([...svds].map(([name, svd]) => [name, { ...svd, u: svd.u.map(Math.abs) }])));
  }
}
class Cumulative extends AntiPasto {
  override collectGradients(tokens: SampleTokens): GradientCollector {
    const collector = super.collectGradients(tokens);
    return { sink: collector.sink, finish: () => tf.tidy(() => tf.cumsum<tf.Tensor3D>(collector.finish(), 2)) };
  }
}
class Hoarding extends AntiPasto {
  override dispose(): void {}
}
/** Takes knobs that moved for a basis that turned. */
class KnobsTurn extends AntiPasto {
  override drift(_start: ArrayLike<number> = [], now: ArrayLike<number> = []) {
    return { ...super.drift(), inputAngle: Math.hypot(...Array.from(now)) };
  }
}
class NoCheck extends AntiPasto {
  constructor(moduleNames: readonly string[], svds: ReadonlyMap<string, WeightSvd>) {
    const one = { u: Float32Array.of(1), s: Float64Array.of(1), vh: Float32Array.of(1), r: 1 };
    super(moduleNames, new Map(moduleNames.map((name) => [name, svds.get(name) ?? one])));
  }
}

const of = (Class: Unit["Class"]): Unit => ({ ...honest, Class });
const applying = (apply: Unit["apply"]): Unit => ({ ...honest, apply });
const alwaysMerges = applying(async (model, adapter, knobs) =>
  model.useMerged(adapter.mergedWeights(model, tf.add(knobs, 1e-4))),
);
/** Merges on top of what is merged already. */
const pilesUp = applying(async (model, adapter, knobs) => {
  const merged = adapter.mergedWeights(model, knobs);
  for (const [name, weight] of merged)
    (model.baseWeightT(name) as tf.Tensor & { dataId: object }).dataId = tf.keep(tf.clone(weight)).dataId;
  model.useMerged(merged);
});
const uphill = applying(async (model, adapter, knobs) => applyKnobs(model, adapter, tf.neg(knobs)));

const toothWorld: World = {
  tiny: tinyModel(
    {
      hiddenSize: 6,
      intermediateSize: 7,
      numHiddenLayers: 1,
      numAttentionHeads: 2,
      numKeyValueHeads: 1,
      headDim: 4,
      vocabSize: 9,
      rmsNormEps: 1e-6,
      ropeTheta: 100,
      tieWordEmbeddings: true,
      maxPositionEmbeddings: 64,
      eosTokenIds: [1],
      padTokenId: 0,
    },
    3,
  ),
  sequences: [
    { promptIds: [1, 2, 3], completionIds: [4, 5, 6] },
    { promptIds: [7, 8], completionIds: [2, 0] },
  ],
};

const anySeed = fc.integer({ min: 1, max: 1000 });

forEachBackend((backend) => {
  const runs = runsOn(backend, 10);

  lawsOf("AntiPasto", honest, (law) => {
    law("is the identity at deltaS = 0, bit for bit, before and after other knobs", {
      else: "the replay's first step does not start from the checkpoint",
      for: [anyModelWorld],
      ...runs,
      holds: (unit, world) =>
        onAdapter(unit, world, async (bench) => {
          const plain = await scores(bench, world);
          const zero = bench.adapter.initialKnobs();
          expect((await zero.data()).every((knob) => knob === 0)).toBe(true);
          await bench.apply(bench.model, bench.adapter, zero);
          expect(await scores(bench, world)).toEqual(plain);
          await atKnobs(bench, drawnKnobs(bench.adapter.layout, 1));
          expect(await scores(bench, world)).not.toEqual(plain);
          await bench.apply(bench.model, bench.adapter, zero);
          expect(await scores(bench, world)).toEqual(plain);
          zero.dispose();
        }),
      rejects: {
        "knobs that start aside": [of(StartsAside), toothWorld],
        "a merge at zero that is not the base": [alwaysMerges, toothWorld],
      },
    });

    law("never moves base weights, bit for bit", {
      for: [anyModelWorld],
      ...runs,
      holds: (unit, world) =>
        onAdapter(unit, world, async (bench) => {
          const { model } = bench;
          const base = () =>
            Promise.all(model.moduleNames.map(async (name) => Array.from(await model.baseWeightT(name).data())));
          const before = await base();
          for (const seed of [1, 2]) {
            await atKnobs(bench, drawnKnobs(bench.adapter.layout, seed));
            await gradientsAtZero(bench, world.sequences);
          }
          expect(await base()).toEqual(before);
        }),
      rejects: { "a merge into the base": [pilesUp, toothWorld] },
    });

    law("merges W' = W + U diag(deltaS) Vh, entry by entry, from the base each time", {
      for: [anyModelWorld, anySeed],
      ...runs,
      holds: (unit, world, seed) =>
        onAdapter(unit, world, async ({ model, adapter, svds }) => {
          const { moduleNames, P } = adapter.layout;
          const values = drawnKnobs(adapter.layout, seed);
          const knobs = tf.tensor2d(values, [moduleNames.length, P]);
          const merged = adapter.mergedWeights(model, knobs);
          for (const [m, name] of moduleNames.entries()) {
            const { u, vh, r } = svds.get(name)!;
            const [dOut, dIn] = [u.length / r, vh.length / r];
            const [base, found] = [await model.baseWeightT(name).data(), await merged.get(name)!.data()];
            for (let i = 0; i < dIn; i++)
              for (let o = 0; o < dOut; o++) {
                const own = base[i * dOut + o]!;
                const terms = Array.from(
                  { length: r },
                  (_, j) => u[o * r + j]! * values[m * P + j]! * vh[j * dIn + i]!,
                );
                const wanted = terms.reduce((sum, term) => sum + term, own);
                const size = terms.reduce((sum, term) => sum + Math.abs(term), Math.abs(own));
                expectWithin(found[i * dOut + o]!, wanted, gamma(r + 3, unitRoundoff32) * size, `${name} [${o}, ${i}]`);
              }
          }
          tf.dispose([knobs, ...merged.values()]);
        }),
      rejects: { "deltaS multiplied by S": [of(ScaledByS), toothWorld, 1] },
    });

    law("merged equals unmerged: logps(W') = logps of y = W x + U (deltaS * (Vh x)) in float64", {
      else: "generation and gradients are of different policies",
      for: [anyModelWorld, anySeed],
      ...runs,
      holds: (unit, world, seed) =>
        onAdapter(unit, world, async (bench) => {
          const values = drawnKnobs(bench.adapter.layout, seed);
          await atKnobs(bench, values);
          const found = await scores(bench, world);
          const twin = adaptedTwin(world.tiny, bench.svds, bench.adapter.layout, values);
          world.sequences.forEach((sequence, b) =>
            expectSameLogps(found[b]!, tokenLogpsTwin(twin, idsOf(sequence), sequence.promptIds.length)),
          );
        }),
      rejects: { "deltaS multiplied by S": [of(ScaledByS), toothWorld, 1] },
    });

    law("is invariant to joint signs of (u_i, v_i): the same gradients, bit for bit", {
      else: "v_hack depends on which way a LAPACK turned a singular vector",
      for: [anyModelWorld, anySeed],
      ...runs,
      holds: async (unit, world, seed) => {
        const rng = seededRng(seed, "signs");
        const flipped = ({ u, s, vh, r }: WeightSvd): WeightSvd => {
          const signs = Array.from({ length: r }, () => (rng.uniform() < 0.5 ? -1 : 1));
          const rowOf = (i: number) => Math.floor((i * r) / vh.length);
          return { r, s, u: u.map((x, i) => x * signs[i % r]!), vh: vh.map((x, i) => x * signs[rowOf(i)]!) };
        };
        await onAdapter(unit, world, async (bench) => {
          const plain = await gradientsAtZero(bench, world.sequences);
          const expectSame = async (other: Bench) =>
            expect(await gradientsAtZero(other, world.sequences)).toEqual(plain);
          await onAdapter(unit, world, expectSame, flipped);
        });
      },
      rejects: { "gradients that know one factor's sign only": [of(UnsignedU), toothWorld, 2] },
    });

    law("follows the order of the directions: SVD reversed -> gradients reversed", {
      for: [anyModelWorld],
      ...runs,
      holds: async (unit, world) => {
        const turned = ({ u, s, vh, r }: WeightSvd): WeightSvd => {
          const dIn = vh.length / r;
          return {
            r,
            s: s.toReversed(),
            u: u.map((_, i) => u[i - (i % r) + r - 1 - (i % r)]!),
            vh: vh.map((_, i) => vh[(r - 1 - Math.floor(i / dIn)) * dIn + (i % dIn)]!),
          };
        };
        await onAdapter(unit, world, async (bench) => {
          const plain = await gradientsAtZero(bench, world.sequences);
          const { moduleNames, widths, P } = bench.adapter.layout;
          const expectReversed = async (other: Bench) =>
            (await gradientsAtZero(other, world.sequences)).forEach((table, b) => {
              const wanted = moduleNames.flatMap((_, m) =>
                [...plain[b]!.subarray(m * P, m * P + widths[m]!)].toReversed(),
              );
              const error = goldenError(flatKnobs(bench.adapter.layout, table), wanted);
              expect(error, `sample ${b}`).toBeLessThanOrEqual(goldenTolerance.gradients);
            });
          await onAdapter(unit, world, expectReversed, turned);
        });
      },
      rejects: { "gradients that depend on what stands before": [of(Cumulative), toothWorld] },
    });

    law("descends: nll(deltaS - eps g) < nll(deltaS)", {
      else: "the gradient is of another function than the one that merging makes",
      for: [anyModelWorld, anySeed],
      ...runs,
      holds: async ({ apply }, world, seed) => {
        const nll = await nllAround(apply, world, seed);
        if (nll !== null) expect(nll.after).toBeLessThan(nll.before);
      },
      rejects: { "knobs applied with the other sign": [uphill, toothWorld, 1] },
    });

    law("reports no drift: angles 0, overlap 1, the same change of the weights", {
      else: "a frozen basis is reported as turning",
      for: [float32Vector(6)],
      holds: ({ Class }, knobs) => {
        const one = { u: Float32Array.of(1), s: Float64Array.of(1), vh: Float32Array.of(1), r: 1 };
        const adapter = new Class(["a"], new Map([["a", one]]));
        const still = { inputAngle: 0, outputAngle: 0, inputOverlap: 1, weightChangeCosine: 1 };
        const measured = adapter.drift(
          knobs.map(() => 0),
          knobs,
          knobs,
        );
        adapter.dispose();
        expect(measured).toEqual(still);
      },
      rejects: { "knobs that moved taken for a basis that turned": [of(KnobsTurn), Float32Array.of(1, 2)] },
    });

    law("frees its tensors: after dispose() numTensors is what it was", {
      for: [anyModelWorld],
      ...runs,
      holds: async (unit, world) => {
        const before = tf.memory().numTensors;
        await onAdapter(unit, world, async (bench) => {
          for (const seed of [1, 2]) await atKnobs(bench, drawnKnobs(bench.adapter.layout, seed));
          await gradientsAtZero(bench, world.sequences);
        });
        expect(tf.memory().numTensors).toBe(before);
      },
      rejects: { "factors kept": [of(Hoarding), toothWorld] },
    });

    law("rejects a wrapped module without an SVD -> ConfigError", {
      for: [],
      holds: ({ Class }) =>
        expect(() => new Class(["model.layers.0.self_attn.q_proj"], new Map())).toThrow(ConfigError),
      rejects: { "no check": [of(NoCheck)] },
    });
  });
});
