import { beforeAll, expect, it } from "vitest";
import { applyKnobs } from "../src/adapter/adapter.ts";
import type { Lora } from "../src/adapter/lora.ts";
import type { LoraPair } from "../src/adapter/loraStart.ts";
import { openSafetensors } from "../src/artifact/safetensors.ts";
import { nllLoss } from "../src/loss/nllLoss.ts";
import { openLora } from "../src/probe/openAdapter.ts";
import { openModel } from "../src/probe/openModel.ts";
import type { Qwen3Model } from "../src/decoder/model.ts";
import { readPeftLora } from "../src/checkpoint/peftLora.ts";
import { forward } from "../src/decoder/perSampleGradients.ts";
import { raggedBatch } from "../src/decoder/raggedBatch.ts";
import { forEachBackend } from "../properties/support/backends.ts";
import { expectWithin, goldenError, goldenTolerance } from "../properties/support/tolerance.ts";
import { describeGolden, goldenPath, goldenSets, isAnalyticallyZero } from "./support/goldens.ts";
import { goldenSamples } from "./support/goldenSet.ts";

interface Expected {
  readonly lora: { readonly nll: number[] };
}

for (const set of goldenSets())
  describeGolden(`${set}/expected.json`, (golden) => {
    const { lora: expected } = golden as Expected;
    const samples = goldenSamples(set);
    const batch = raggedBatch(samples);
    let reference: Map<string, Float32Array>;
    let mergedQ: Float32Array;

    beforeAll(async () => {
      const file = await openSafetensors(goldenPath(`${set}/expected.safetensors`));
      reference = new Map();
      for (const name of file.names.filter((name) => name.startsWith("lora/sample")))
        reference.set(name, await file.readFloat32(name));
      mergedQ = await file.readFloat32("lora/merged_q_proj_layer0");
      await file.close();
    });

    const largestOf = (b: number): number =>
      [...reference].reduce(
        (most, [name, values]) =>
          name.startsWith(`lora/sample${b}/`) ? values.reduce((m, x) => Math.max(m, Math.abs(x)), most) : most,
        0,
      );

    forEachBackend(() => {
      it("LoRA: nll and every sample's gradients of A and B at the stored factors; the merged weight of q_proj", async () => {
        await withLora(set, async (model, adapter, factors) => {
          const knobs = adapter.knobsOf(factors);
          await applyKnobs(model, adapter, knobs);
          const pass = await forward(model, batch);
          const { perSampleLoss, dLogps } = nllLoss(pass.logps, batch.completionStarts);
          const gradients = pass.backward(adapter, knobs, dLogps);
          expect(goldenError(perSampleLoss, expected.nll), "nll").toBeLessThanOrEqual(goldenTolerance.logps);
          const table = await gradients.data();
          const size = table.length / batch.size;
          const stored = Array.from({ length: batch.size }, (_, b) => b).filter((b) =>
            [...reference.keys()].some((name) => name.startsWith(`lora/sample${b}/`)),
          );
          expect(stored.length).toBeGreaterThan(0);
          for (const b of stored)
            for (const [moduleName, { loraA, loraB }] of adapter.factorsOf(table.subarray(b * size, (b + 1) * size)))
              for (const [half, values] of [
                ["A", loraA],
                ["B", loraB],
              ] as const) {
                const name = `lora/sample${b}/base_model.model.${moduleName}.lora_${half}.weight`;
                if (isAnalyticallyZero(moduleName, [samples[b]!]))
                  values.forEach((value) => expectWithin(value, 0, goldenTolerance.gradients * largestOf(b), name));
                else
                  expect(goldenError(values, reference.get(name)!), name).toBeLessThanOrEqual(
                    goldenTolerance.gradients,
                  );
              }
          gradients.dispose();
          const merged = adapter.mergedWeights(model, knobs).get("model.layers.0.self_attn.q_proj")!;
          const [dIn, dOut] = merged.shape;
          const values = await merged.data();
          const untransposed = Float32Array.from(mergedQ, (_, i) => values[(i % dIn) * dOut + Math.floor(i / dIn)]!);
          expect(goldenError(untransposed, mergedQ), "merged q_proj").toBeLessThanOrEqual(goldenTolerance.logits);
        });
      });
    });
  });

/** Lend a golden model and an adapter of its stored LoRA's rank and scaling. */
async function withLora(
  set: string,
  use: (model: Qwen3Model, adapter: Lora, factors: ReadonlyMap<string, LoraPair>) => Promise<void>,
): Promise<void> {
  const { modules } = await readPeftLora(goldenPath(`${set}/lora`));
  const { rank, scaling } = [...modules.values()][0]!;
  const opened = await openModel(goldenPath(set), null);
  await use(opened.model, openLora(opened, { rank, alpha: scaling * rank, bStd: 0, seed: 0 }), modules);
  opened.model.dispose();
}
