import { readFile } from "node:fs/promises";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { applyKnobs } from "../src/adapter/adapter.ts";
import type { AntiPasto } from "../src/adapter/antipasto.ts";
import { nllLoss } from "../src/loss/nllLoss.ts";
import { mean } from "../src/numeric/moments.ts";
import { AdamW } from "../src/optim/adamw.ts";
import { fracFired, meanCosine, reluCosines, sampleCosines } from "../src/projection/cosines.ts";
import { unitDirections } from "../src/projection/directions.ts";
import { oneSided } from "../src/projection/gates.ts";
import { sumSamples } from "../src/projection/sumSamples.ts";
import type { Qwen3Model } from "../src/decoder/model.ts";
import { forward } from "../src/decoder/perSampleGradients.ts";
import { raggedBatch } from "../src/decoder/raggedBatch.ts";
import { readVHack } from "../src/vhack/vHackFile.ts";
import { vHackTable } from "../src/vhack/vHackTable.ts";
import { forEachBackend } from "../properties/support/backends.ts";
import { expectWithin, goldenError, goldenTolerance, relativeError } from "../properties/support/tolerance.ts";
import {
  describeGolden,
  flatOfTable,
  goldenLayout,
  goldenPath,
  goldenSets,
  readGoldenTensors,
  type GoldenModule,
} from "./support/goldens.ts";
import { withAntiPasto } from "./support/withAntiPasto.ts";

type Cosines = Record<"signed" | "relu", number>;

interface ReplayRow {
  readonly nll: number[];
  readonly cos: { readonly nwc: number | null }[];
  readonly grad_norm: number;
  readonly cos_in: Cosines;
  readonly cos_out: Cosines;
  readonly frac_fired: number;
}

const arms = {
  vanilla: { v: "k1", overshoot: 1, writes: false },
  projected_k1: { v: "k1", overshoot: 1, writes: true },
  "projected_k3_over1.1": { v: "k3", overshoot: 1.1, writes: true },
} as const;
type ArmName = keyof typeof arms;

interface Expected {
  readonly modules: readonly GoldenModule[];
  readonly replay: Record<ArmName, ReplayRow[]>;
}

interface Inputs {
  readonly samples: { readonly prompt_ids: number[]; readonly completion_ids: number[] }[];
  readonly replay_batches: number[][];
  readonly lr: number;
}

const usual = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 };

for (const set of goldenSets())
  describeGolden(`${set}/expected.json`, (golden) => {
    const expected = golden as Expected;

    forEachBackend(() => {
      for (const arm of Object.keys(arms) as ArmName[])
        it(`replay ${arm}: nll, cosines, gradient norm, frac_fired and deltaS after each of three AdamW steps`, async () => {
          const inputs = JSON.parse(await readFile(goldenPath(`${set}/inputs.json`), "utf8")) as Inputs;
          const tensor = await readGoldenTensors(set, ["replay_"]);
          const { data, shape } = vHackTable(
            await readVHack(goldenPath(`${set}/vhack_${arms[arm].v}.safetensors`)),
            goldenLayout(expected.modules),
          );
          const vHack = tf.tensor3d(data, shape);
          await withAntiPasto(goldenPath(set), async (model, adapter) => {
            const optimizer = AdamW.start(adapter.layout.moduleNames.length, adapter.layout.P, usual);
            let knobs = adapter.initialKnobs();
            for (const [step, wanted] of expected.replay[arm].entries()) {
              const samples = inputs.replay_batches[step]!.map((i) => inputs.samples[i]!);
              const gradient = await measuredGradient(model, adapter, knobs, samples, vHack, wanted);
              const { projected } = oneSided(gradient, vHack, arms[arm].overshoot);
              await expectStepCosines(gradient, projected, vHack, wanted);
              ({ knobs } = optimizer.step(knobs, arms[arm].writes ? projected : gradient, inputs.lr));
              const deltaS = flatOfTable(expected.modules, await knobs.data());
              const { values, rows } = tensor(`replay_${arm}_delta`);
              const R = values.length / rows;
              const reference = values.subarray(step * R, (step + 1) * R);
              expect(relativeError(deltaS, reference), `rms after step ${step}`).toBeLessThanOrEqual(
                goldenTolerance.deltaReplayRms,
              );
              expect(goldenError(deltaS, reference), `err after step ${step}`).toBeLessThanOrEqual(
                goldenTolerance.deltaReplay,
              );
            }
          });
        });
    });
  });

/** The summed gradient of a step, its samples held against the golden on the way. */
async function measuredGradient(
  model: Qwen3Model,
  adapter: AntiPasto,
  knobs: tf.Tensor2D,
  samples: Inputs["samples"],
  vHack: tf.Tensor3D,
  wanted: ReplayRow,
): Promise<tf.Tensor2D> {
  await applyKnobs(model, adapter, knobs);
  const batch = raggedBatch(
    samples.map(({ prompt_ids, completion_ids }) => ({ promptIds: prompt_ids, completionIds: completion_ids })),
  );
  const pass = await forward(model, batch);
  const { perSampleLoss, dLogps } = nllLoss(pass.logps, batch.completionStarts);
  const gradients = pass.backward(adapter, knobs, dLogps);
  expect(goldenError(perSampleLoss, wanted.nll), "nll").toBeLessThanOrEqual(goldenTolerance.logps);
  for (const [b, { cosSContrib }] of (await sampleCosines(gradients, unitDirections(vHack))).entries()) {
    const { nwc } = wanted.cos[b]!;
    expect(cosSContrib === null).toBe(nwc === null);
    if (cosSContrib !== null && nwc !== null)
      expectWithin(cosSContrib, nwc, goldenTolerance.cosines, `cosine of sample ${b}`);
  }
  return sumSamples(gradients);
}

async function expectStepCosines(
  gradient: tf.Tensor2D,
  projected: tf.Tensor2D,
  vHack: tf.Tensor3D,
  wanted: ReplayRow,
): Promise<void> {
  const v = unitDirections(vHack);
  for (const [what, table, cosines] of [
    ["cos_in", gradient, wanted.cos_in],
    ["cos_out", projected, wanted.cos_out],
  ] as const) {
    expectWithin(await meanCosine(table, v), cosines.signed, goldenTolerance.cosines, what);
    const relu = mean(await reluCosines(table, vHack).array());
    expectWithin(relu, cosines.relu, goldenTolerance.cosines, `${what} relu`);
  }
  expect(await fracFired(gradient, vHack)).toBe(wanted.frac_fired);
  const [norm] = await tf.norm(gradient).data();
  expectWithin(norm!, wanted.grad_norm, goldenTolerance.gradients * wanted.grad_norm, "grad_norm");
}
