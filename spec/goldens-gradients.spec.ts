import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { applyKnobs } from "../src/adapter/adapter.ts";
import type { AntiPasto } from "../src/adapter/antipasto.ts";
import { openSafetensors } from "../src/artifact/safetensors.ts";
import { contrastiveLoss } from "../src/loss/contrastiveLoss.ts";
import { drGrpoLoss } from "../src/loss/drGrpoLoss.ts";
import { addLosses, k3Kl } from "../src/loss/k3Kl.ts";
import { nllLoss } from "../src/loss/nllLoss.ts";
import { completionLogps } from "../src/decoder/logps.ts";
import type { Qwen3Model } from "../src/decoder/model.ts";
import { forward } from "../src/decoder/perSampleGradients.ts";
import { raggedBatch, type RaggedBatch, type Sequence } from "../src/decoder/raggedBatch.ts";
import { forEachBackend } from "../properties/support/backends.ts";
import { expectWithin, goldenError, goldenTolerance } from "../properties/support/tolerance.ts";
import {
  describeGolden,
  flatOfTable,
  goldenPath,
  goldenSets,
  isAnalyticallyZero,
  readGoldenTensors,
  tableOfFlat,
  type GoldenModule,
  type GoldenTensor,
} from "./support/goldens.ts";
import { goldenSamples } from "./support/goldenSet.ts";
import { withAntiPasto } from "./support/withAntiPasto.ts";

interface Inputs {
  readonly samples: { readonly prompt_ids: number[]; readonly completion_ids: number[] }[];
  readonly pairs: { readonly prompt_ids: number[]; readonly hack_ids: number[]; readonly clean_ids: number[] }[];
  readonly advantages: number[];
  readonly old_logps: number[][];
  readonly clip: number;
  readonly beta: number;
  readonly max_new: number;
}

type DLogps = (logps: Float32Array) => Float64Array;

for (const set of goldenSets())
  describeGolden(`${set}/expected.json`, (golden) => {
    const { modules } = golden as { readonly modules: readonly GoldenModule[] };
    const inputs = JSON.parse(readFileSync(goldenPath(`${set}/inputs.json`), "utf8")) as Inputs;
    const sequences = goldenSamples(set).map((sample): [Sequence] => [sample]);
    const samples = raggedBatch(sequences.flat());
    const pairSequences = inputs.pairs.map(({ prompt_ids, hack_ids, clean_ids }): [Sequence, Sequence] => [
      { promptIds: prompt_ids, completionIds: hack_ids },
      { promptIds: prompt_ids, completionIds: clean_ids },
    ]);
    const pairs = pairSequences.map(raggedBatch);
    let tensor: (name: string) => GoldenTensor;
    let given: Float32Array;

    beforeAll(async () => {
      tensor = await readGoldenTensors(set, ["grads_", "grpo_", "pair_"]);
      const file = await openSafetensors(goldenPath(`${set}/inputs.safetensors`));
      given = await file.readFloat32("delta_given");
      await file.close();
    });

    const knobsGiven = ({ layout }: AntiPasto) =>
      tf.tensor2d(Float32Array.from(tableOfFlat(modules, given, 1)), [layout.moduleNames.length, layout.P]);

    forEachBackend(() => {
      it("NLL gradients of every sample at deltaS = 0 and at the given deltaS: err <= 2e-4, <= 5e-4 per sample and module", async () => {
        await withAntiPasto(goldenPath(set), async (model, adapter) => {
          const dLogps: DLogps = (logps) => nllLoss(logps, samples.completionStarts).dLogps;
          expectGradients(
            modules,
            await flatGradients(model, adapter, adapter.initialKnobs(), samples, dLogps, modules),
            tensor("grads_0"),
            sequences,
          );
          expectGradients(
            modules,
            await flatGradients(model, adapter, knobsGiven(adapter), samples, dLogps, modules),
            tensor("grads_given"),
            sequences,
          );
        });
      });

      it("Dr.GRPO gradients at the given deltaS, without and with KL to deltaS = 0", async () => {
        await withAntiPasto(goldenPath(set), async (model, adapter) => {
          const refLogps = await completionLogps(model, samples).data();
          const denominator = inputs.samples.length * inputs.max_new;
          for (const [name, beta] of [
            ["beta0", 0],
            ["kl", inputs.beta],
          ] as const) {
            const dLogps: DLogps = (logps) => {
              const tokens = {
                logps,
                oldLogps: inputs.old_logps.flat(),
                advantages: inputs.advantages,
                completionStarts: samples.completionStarts,
              };
              const policy = drGrpoLoss(tokens, { clip: inputs.clip, denominator });
              return addLosses(policy, k3Kl(logps, refLogps, samples.completionStarts, beta, denominator)).dLogps;
            };
            expectGradients(
              modules,
              await flatGradients(model, adapter, knobsGiven(adapter), samples, dLogps, modules),
              tensor(`grpo_grads_${name}`),
              sequences,
            );
          }
        });
      });

      // ELSE a reference set in which one token follows one token fails on the noise of zeros
      it("q and k have no gradient where only position 0 predicts: one prompt token, one completion token", async () => {
        await withAntiPasto(goldenPath(set), async (model, adapter) => {
          const { promptIds, completionIds } = sequences[0]![0];
          const shortest = { promptIds: [promptIds[0]!], completionIds: [completionIds[0]!] };
          const dLogps: DLogps = (logps) => nllLoss(logps, Int32Array.of(0, 1)).dLogps;
          const knobs = adapter.initialKnobs();
          const [row] = await flatGradients(model, adapter, knobs, raggedBatch([shortest]), dLogps, modules);
          const zeros = modules.filter(({ name }) => isAnalyticallyZero(name, [shortest]));
          expect(zeros).toHaveLength((2 * modules.length) / 7);
          const largest = row!.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
          for (const { name, offset, r } of zeros)
            for (const value of row!.subarray(offset, offset + r))
              expectWithin(value, 0, goldenTolerance.gradients * largest, name);
        });
      });

      it("pair gradients: NLL of hack and clean, and the contrastive one of both", async () => {
        await withAntiPasto(goldenPath(set), async (model, adapter) => {
          const rows: Record<"hack" | "clean" | "grpo", Float64Array[]> = { hack: [], clean: [], grpo: [] };
          const knobs = adapter.initialKnobs();
          for (const batch of pairs) {
            const [hack, clean] = await flatGradients(
              model,
              adapter,
              knobs,
              batch,
              (logps) => nllLoss(logps, batch.completionStarts).dLogps,
              modules,
            );
            rows.hack.push(hack!);
            rows.clean.push(clean!);
            const dLogps: DLogps = (logps) =>
              contrastiveLoss(logps, batch.completionStarts, [1, -1], {
                clip: inputs.clip,
                maxNewTokens: inputs.max_new,
              }).dLogps;
            const [ofHack, ofClean] = await flatGradients(model, adapter, knobs, batch, dLogps, modules);
            rows.grpo.push(ofHack!.map((value, i) => value + ofClean![i]!));
          }
          expectGradients(
            modules,
            rows.hack,
            tensor("pair_nll_hack"),
            pairSequences.map(([hack]) => [hack]),
          );
          expectGradients(
            modules,
            rows.clean,
            tensor("pair_nll_clean"),
            pairSequences.map(([, clean]) => [clean]),
          );
          expectGradients(modules, rows.grpo, tensor("pair_grpo"), pairSequences);
        });
      });
    });
  });

/** Every sample's gradient as one flat vector over the modules, in the goldens' order. */
async function flatGradients(
  model: Qwen3Model,
  adapter: AntiPasto,
  knobs: tf.Tensor2D,
  batch: RaggedBatch,
  dLogps: DLogps,
  modules: readonly GoldenModule[],
): Promise<Float64Array[]> {
  await applyKnobs(model, adapter, knobs);
  const pass = await forward(model, batch);
  const gradients = pass.backward(adapter, knobs, dLogps(pass.logps));
  const values = await gradients.data();
  gradients.dispose();
  const size = values.length / batch.size;
  return Array.from({ length: batch.size }, (_, b) => flatOfTable(modules, values.subarray(b * size, (b + 1) * size)));
}

/** @param sequences  of each row: those whose losses its gradient is of */
function expectGradients(
  modules: readonly GoldenModule[],
  rows: readonly Float64Array[],
  { values }: GoldenTensor,
  sequences: readonly (readonly Sequence[])[],
): void {
  const R = values.length / rows.length;
  expect(
    goldenError(
      rows.flatMap((row) => [...row]),
      values,
    ),
    "whole tensor",
  ).toBeLessThanOrEqual(goldenTolerance.gradients);
  rows.forEach((row, b) => {
    const ofRow = values.subarray(b * R, (b + 1) * R);
    const largest = ofRow.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const { name, offset, r } of modules) {
      const [own, reference] = [row.subarray(offset, offset + r), ofRow.subarray(offset, offset + r)];
      if (isAnalyticallyZero(name, sequences[b]!))
        own.forEach((value) => expectWithin(value, 0, goldenTolerance.gradients * largest, `sample ${b} ${name}`));
      else
        expect(goldenError(own, reference), `sample ${b} ${name}`).toBeLessThanOrEqual(
          goldenTolerance.gradientsPerModule,
        );
    }
  });
}
