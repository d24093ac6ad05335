import { expect, it } from "vitest";
import { nllLoss } from "../src/loss/nllLoss.ts";
import { openModel } from "../src/probe/openModel.ts";
import { completionLogps } from "../src/decoder/logps.ts";
import { raggedBatch } from "../src/decoder/raggedBatch.ts";
import { forEachBackend } from "../properties/support/backends.ts";
import { goldenError, goldenTolerance, unitRoundoff32 } from "../properties/support/tolerance.ts";
import { describeGolden, goldenPath, goldenSets, readGoldenTensors } from "./support/goldens.ts";
import { goldenSamples, logitsAfter } from "./support/goldenSet.ts";

interface Expected {
  readonly lora: { readonly nll: number[]; readonly merged_nll: number[] };
}

for (const set of goldenSets())
  describeGolden(`${set}/expected.json`, (golden) => {
    const { lora } = golden as Expected;
    const samples = goldenSamples(set);

    forEachBackend(() => {
      it("LoRA merged as the checkpoint is read: q_proj of layer 0, last logits, NLL as with the adapter active", async () => {
        const { model } = await openModel(goldenPath(set), goldenPath(`${set}/lora`));
        const tensor = await readGoldenTensors(set, ["lora/merged"]);
        const qProj = model.baseWeightT("model.layers.0.self_attn.q_proj");
        const weights = (await qProj.array()) as number[][];
        const rows = weights[0]!.map((_, o) => weights.map((row) => row[o]!)).flat();
        // merged in float64 and rounded once, as the golden is
        expect(goldenError(rows, tensor("lora/merged_q_proj_layer0").values), "q_proj").toBeLessThanOrEqual(
          2 * unitRoundoff32,
        );

        const tokens = samples.map(({ promptIds, completionIds }) => [
          ...Array.from(promptIds),
          ...Array.from(completionIds),
        ]);
        const logits = await logitsAfter(model, tokens);
        expect(goldenError(logits, tensor("lora/merged_last_logits").values), "logits").toBeLessThanOrEqual(
          goldenTolerance.logits,
        );

        const batch = raggedBatch(samples);
        const logps = completionLogps(model, batch);
        const { perSampleLoss } = nllLoss(await logps.data(), batch.completionStarts);
        logps.dispose();
        for (const nll of [lora.nll, lora.merged_nll])
          expect(goldenError(perSampleLoss, nll), "nll").toBeLessThanOrEqual(goldenTolerance.logps);
        model.dispose();
      });
    });
  });
