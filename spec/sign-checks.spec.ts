import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { applyKnobs } from "../src/adapter/adapter.ts";
import type { AntiPasto } from "../src/adapter/antipasto.ts";
import { nllLoss } from "../src/loss/nllLoss.ts";
import { completionLogps } from "../src/decoder/logps.ts";
import type { Qwen3Model } from "../src/decoder/model.ts";
import { forward } from "../src/decoder/perSampleGradients.ts";
import { raggedBatch, type Sequence } from "../src/decoder/raggedBatch.ts";
import { loadTokenizer, type ChatTokenizer } from "../src/checkpoint/tokenizer.ts";
import { defaultMemoryBytes, startBackend } from "../src/tensor/backend.ts";
import { differencesOf, type Differences } from "../src/vhack/differences.ts";
import { extractMean } from "../src/vhack/extractMean.ts";
import { readPairs, type ContrastPair } from "../src/vhack/pairs.ts";
import { vHackTable } from "../src/vhack/vHackTable.ts";
import { expectWithin, goldenTolerance } from "../properties/support/tolerance.ts";
import { withAntiPasto } from "./support/withAntiPasto.ts";

const miniature = fileURLToPath(new URL("../fixtures/miniature/", import.meta.url));
const pairsUsed = 3;

describe("v_hack points hack-ward on the miniature itself", () => {
  beforeAll(() => startBackend({ name: "wasm", memoryBytes: defaultMemoryBytes, tensorflowFolder: null }));

  // ELSE cos_S > 0 does not mean "toward hacking", and every verdict of the gate has the wrong sign
  it("descending along v_hack raises hack against clean: d margin / d eps = sum_m <mean d_m, v_m> > 0, and an actual step does so", async () => {
    const tokenizer = await loadTokenizer(`${miniature}student`);
    const pairs = (await readPairs(`${miniature}pairs.jsonl`))
      .slice(0, pairsUsed)
      .map((pair) => sequencesOf(pair, tokenizer));
    await withAntiPasto(`${miniature}student`, async (model, adapter) => {
      const differences = await pairDifferences(model, adapter, pairs);
      const { data, shape } = vHackTable({ modules: extractMean(differences), metadata: {} }, adapter.layout);
      const [M, k, P] = shape;
      expect(k).toBe(1);
      const slope = slopeAlong(differences, data);
      expect(slope).toBeGreaterThan(0);

      const marginAt = (eps: number) =>
        marginOf(
          model,
          adapter,
          pairs,
          tf.tensor2d(
            data.map((value) => -eps * value),
            [M, P],
          ),
        );
      const differenceAt = async (eps: number) =>
        ((await marginAt(eps)).margin - (await marginAt(-eps)).margin) / (2 * eps);
      const [near, far] = [await differenceAt(stepSize), await differenceAt(2 * stepSize)];
      const base = await marginAt(0);
      // the truncation of the nearer difference is a third of their distance; margins carry the float32 error of the NLLs
      const noise = (goldenTolerance.logps * base.largestNll) / stepSize;
      expectWithin(near, slope, Math.abs(far - near) + noise, "directional derivative");

      expect(
        (await marginAt(stepSize)).margin,
        "hack rises against clean after delta_S <- delta_S - eps v_hack",
      ).toBeGreaterThan(base.margin);
      expect((await marginAt(-stepSize)).margin, "and falls after delta_S <- delta_S + eps v_hack").toBeLessThan(
        base.margin,
      );
    });
  });
});

/** deltaS adds to singular values of order 1: one hundredth of a unit vector is a small step. */
const stepSize = 1e-2;

function sequencesOf(pair: ContrastPair, tokenizer: ChatTokenizer): [Sequence, Sequence] {
  if (pair.kind !== "text") throw new Error("the miniature's pairs are text");
  const promptIds = tokenizer.encode(
    tokenizer.renderChat(pair.promptMessages, { addGenerationPrompt: true, enableThinking: false }),
  );
  return [
    { promptIds, completionIds: tokenizer.encode(pair.hack) },
    { promptIds, completionIds: tokenizer.encode(pair.clean) },
  ];
}

/** d = g(hack) - g(clean) of the mean NLL, at deltaS = 0. */
async function pairDifferences(
  model: Qwen3Model,
  adapter: AntiPasto,
  pairs: readonly [Sequence, Sequence][],
): Promise<Differences> {
  const size = adapter.layout.moduleNames.length * adapter.layout.P;
  const batch = raggedBatch(pairs.flat());
  const knobs = adapter.initialKnobs();
  const pass = await forward(model, batch);
  const gradients = pass.backward(adapter, knobs, nllLoss(pass.logps, batch.completionStarts).dLogps);
  const values = await gradients.data();
  tf.dispose([knobs, gradients]);
  const data = new Float64Array(pairs.length * size);
  pairs.forEach((_, i) => {
    for (let j = 0; j < size; j++) data[i * size + j] = values[2 * i * size + j]! - values[(2 * i + 1) * size + j]!;
  });
  return differencesOf(pairs.length, adapter.layout, data);
}

/** sum_m <mean_i d_i, v_m> */
function slopeAlong({ nPairs, data }: Differences, v: Float32Array): number {
  let sum = 0;
  data.forEach((value, i) => (sum += (value * v[i % v.length]!) / nPairs));
  return sum;
}

interface Margin {
  readonly margin: number; // mean over the pairs of mean logp(hack) - mean logp(clean)
  readonly largestNll: number;
}

async function marginOf(
  model: Qwen3Model,
  adapter: AntiPasto,
  pairs: readonly [Sequence, Sequence][],
  knobs: tf.Tensor2D,
): Promise<Margin> {
  await applyKnobs(model, adapter, knobs);
  const batch = raggedBatch(pairs.flat());
  const logps = completionLogps(model, batch);
  const { perSampleLoss } = nllLoss(await logps.data(), batch.completionStarts);
  tf.dispose([logps, knobs]);
  model.useBase();
  const margin = pairs.reduce(
    (sum, _, i) => sum + (perSampleLoss[2 * i + 1]! - perSampleLoss[2 * i]!) / pairs.length,
    0,
  );
  return { margin, largestNll: Math.max(...perSampleLoss) };
}
