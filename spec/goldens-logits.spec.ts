import { mkdtemp, rm, symlink } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { applyKnobs } from "../src/adapter/adapter.ts";
import { nllLoss } from "../src/loss/nllLoss.ts";
import { openModel } from "../src/probe/openModel.ts";
import { completionLogps } from "../src/decoder/logps.ts";
import type { Qwen3Model } from "../src/decoder/model.ts";
import { raggedBatch } from "../src/decoder/raggedBatch.ts";
import { forEachBackend } from "../properties/support/backends.ts";
import { goldenError, goldenTolerance } from "../properties/support/tolerance.ts";
import {
  describeGolden,
  goldenPath,
  goldenSets,
  withGoldenPart,
  readGoldenTensors,
  type GoldenModule,
} from "./support/goldens.ts";
import { goldenSamples, knobsGiven, logitsAfter } from "./support/goldenSet.ts";
import { withAntiPasto } from "./support/withAntiPasto.ts";

interface Scores {
  readonly logps: number[][];
  readonly nll: number[];
}

interface Expected extends Record<"logps_0" | "logps_given", number[][]>, Record<"nll_0" | "nll_given", number[]> {
  readonly modules: readonly GoldenModule[];
  readonly logits_sample_0: readonly { readonly positions: number[]; readonly first16: number[][] }[];
}

interface RoundedExpected {
  readonly nll_0: number[];
  readonly last_logits_0_first16: number[][];
}

for (const set of goldenSets())
  describeGolden(`${set}/expected.json`, (golden) => {
    const expected = golden as Expected;
    const samples = goldenSamples(set);
    const tokens = samples.map(({ promptIds, completionIds }) => [
      ...Array.from(promptIds),
      ...Array.from(completionIds),
    ]);
    const atZero = { logps: expected.logps_0, nll: expected.nll_0 };

    const expectScores = async (model: Qwen3Model, { logps, nll }: Scores): Promise<void> => {
      const batch = raggedBatch(samples);
      const scored = completionLogps(model, batch);
      const values = await scored.data();
      scored.dispose();
      expect(goldenError(values, logps.flat()), "logps").toBeLessThanOrEqual(goldenTolerance.logps);
      expect(goldenError(nllLoss(values, batch.completionStarts).perSampleLoss, nll), "nll").toBeLessThanOrEqual(
        goldenTolerance.logps,
      );
    };

    const expectLastLogits = async (model: Qwen3Model, name: string): Promise<void> => {
      const tensor = await readGoldenTensors(set, ["last_logits_"]);
      expect(goldenError(await logitsAfter(model, tokens), tensor(name).values), name).toBeLessThanOrEqual(
        goldenTolerance.logits,
      );
    };

    forEachBackend(() => {
      it("the checkpoint as it is: log-probabilities, NLL and last logits; the first 16 logits at several positions", async () => {
        await withModel(goldenPath(set), async (model) => {
          await expectScores(model, atZero);
          await expectLastLogits(model, "last_logits_0");
          for (const [b, { positions, first16 }] of expected.logits_sample_0.entries()) {
            const logits = await logitsAfter(
              model,
              positions.map((position) => tokens[b]!.slice(0, position + 1)),
            );
            const { vocabSize } = model.config;
            const firsts = positions.flatMap((_, i) => [...logits.subarray(i * vocabSize, i * vocabSize + 16)]);
            expect(goldenError(firsts, first16.flat()), `sample ${b}`).toBeLessThanOrEqual(goldenTolerance.logits);
          }
        });
      });

      it("with delta_given merged: log-probabilities, NLL and last logits; with deltaS = 0 again, the base model's", async () => {
        await withAntiPasto(goldenPath(set), async (model, adapter) => {
          const [given, zero] = [await knobsGiven(set, expected.modules), adapter.initialKnobs()];
          await applyKnobs(model, adapter, given);
          await expectScores(model, { logps: expected.logps_given, nll: expected.nll_given });
          await expectLastLogits(model, "last_logits_given");
          await applyKnobs(model, adapter, zero);
          await expectScores(model, atZero);
          tf.dispose([given, zero]);
        });
      });

      withGoldenPart(`${set}/sharded`, () => {
        it("the same from two shards", () =>
          withModel(goldenPath(`${set}/sharded`), (model) => expectScores(model, atZero)));
      });

      withGoldenPart(`${set}/config_transformers5.json`, () => {
        it("the same from config.json as transformers 5 writes it", () =>
          withTransformers5(set, (dir) => withModel(dir, (model) => expectScores(model, atZero))));
      });

      withGoldenPart(`${set}/bf16`, () => {
        it("bfloat16 weights, widened: NLL and the first 16 of the last logits", async () => {
          const rounded = JSON.parse(readFileSync(goldenPath(`${set}/bf16/expected.json`), "utf8")) as RoundedExpected;
          await withModel(goldenPath(`${set}/bf16`), async (model) => {
            const batch = raggedBatch(samples);
            const logps = completionLogps(model, batch);
            const { perSampleLoss } = nllLoss(await logps.data(), batch.completionStarts);
            logps.dispose();
            expect(goldenError(perSampleLoss, rounded.nll_0), "nll").toBeLessThanOrEqual(goldenTolerance.logps);
            const [logits, { vocabSize }] = [await logitsAfter(model, tokens), model.config];
            const firsts = tokens.flatMap((_, b) => [...logits.subarray(b * vocabSize, b * vocabSize + 16)]);
            expect(goldenError(firsts, rounded.last_logits_0_first16.flat()), "logits").toBeLessThanOrEqual(
              goldenTolerance.logits,
            );
          });
        });
      });
    });
  });

async function withModel(dir: string, use: (model: Qwen3Model) => Promise<void>): Promise<void> {
  const { model } = await openModel(dir, null);
  await use(model);
  model.dispose();
}

/** Lend a folder of links to the set's files in which config.json is the one that transformers 5 wrote. */
async function withTransformers5(set: string, use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "vhack-golden-"));
  try {
    await symlink(goldenPath(`${set}/config_transformers5.json`), join(dir, "config.json"));
    await symlink(goldenPath(`${set}/generation_config.json`), join(dir, "generation_config.json"));
    await symlink(goldenPath(`${set}/model.safetensors`), join(dir, "model.safetensors"));
    await use(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}
