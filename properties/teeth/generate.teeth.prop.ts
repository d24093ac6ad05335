import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, it } from "vitest";
import { generate } from "../../src/decoder/generate.ts";
import { appendToCache } from "../../src/decoder/kvCache.ts";
import { inverseCdf, tokenLogp, tokenProbabilities, type Sampling } from "../../src/decoder/tokenProbabilities.ts";
import { defaultMemoryBytes, startBackend } from "../../src/tensor/backend.ts";
import { generateLaws, type Generate, type GenerationWorld } from "../decoder/generate.statements.ts";
import { kvCacheLaws, type Append } from "../decoder/kvCache.statements.ts";
import {
  inverseCdfLaws,
  tokenLogpLaws,
  tokenProbabilitiesLaws as sampling,
  type Probabilities,
} from "../decoder/tokenProbabilities.statements.ts";
import { rejects } from "../support/rejects.ts";
import { tinyModel } from "../support/tinyModel.ts";

const world: GenerationWorld = {
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
  rows: [
    { promptIds: [1, 2], key: "a" },
    { promptIds: [3, 4, 5], key: "b" },
    { promptIds: [1, 2], key: "c" },
  ],
  settings: { temperature: 2, topK: 0, topP: 1, maxNewTokens: 12, stopIds: [0], seed: 5 },
};

beforeAll(() => startBackend({ name: "wasm", memoryBytes: defaultMemoryBytes, tensorflowFolder: null }));

const oneStreamPerPlace: Generate = (model, rows, settings, onFinished) =>
  generate(
    model,
    rows.map((row, i) => ({ ...row, key: `${i}` })),
    settings,
    onFinished,
  );
const seedless: Generate = (model, rows, settings, onFinished) =>
  generate(model, rows, { ...settings, seed: settings.seed + calls++ }, onFinished);
let calls = 0;
const otherTemperature: Generate = (model, rows, settings, onFinished) =>
  generate(model, rows, { ...settings, temperature: 0.5 }, onFinished);
const firstTokenUnread: Generate = (model, rows, settings, onFinished) =>
  generate(
    model,
    rows.map((row) => ({ ...row, promptIds: row.promptIds.toSpliced(0, 1) })),
    settings,
    onFinished,
  );
const deaf: Generate = (model, rows, settings, onFinished) =>
  generate(model, rows, { ...settings, stopIds: [] }, onFinished);
const stopIdCutOff: Generate = async (...given) =>
  (await generate(...given)).map((row) =>
    row.stopped ? { ...row, completionIds: row.completionIds.slice(0, -1) } : row,
  );
const mute: Generate = (model, rows, settings) => generate(model, rows, settings, () => undefined);
const sampledLogps: Generate = async (...given) =>
  (await generate(...given)).map((row) => ({ ...row, logps: row.logps.map((logp) => logp / 2) }));
const hoarding: Generate = (...given) => (tf.keep(tf.zeros([1])), generate(...given));

describe("teeth: laws of generation", () => {
  it("company rejects: a stream per place in the batch", () =>
    rejects(() => generateLaws.ignoresCompany(oneStreamPerPlace, world)));
  it("the cacheless twin rejects: another temperature, a prompt token unread, log-probabilities at temperature 2", async () => {
    for (const mutant of [otherTemperature, firstTokenUnread, sampledLogps])
      await rejects(() => generateLaws.agreesWithFullForward(mutant, world));
  });
  it("scoring rejects: log-probabilities at temperature 2, a prompt token unread", async () => {
    for (const mutant of [sampledLogps, firstTokenUnread])
      await rejects(() => generateLaws.agreesWithScoring(mutant, world));
  });
  it("stopping rejects: stop ids unheard, the stop id cut off, rows not told of; reproducing rejects: a seed of the day; freeing rejects: a tensor kept", async () => {
    const eager = { ...world, settings: { ...world.settings, stopIds: [0, 1, 2, 3, 4] } };
    for (const mutant of [deaf, stopIdCutOff, mute]) await rejects(() => generateLaws.stops(mutant, eager));
    await rejects(() => generateLaws.followsItsSeed(seedless, world));
    await rejects(() => generateLaws.freesItsTensors(hoarding, world));
  });
});

const logits = [2, -1, 2, 0.5, 0];
const altered =
  (change: (sampling: Sampling) => Sampling): Probabilities =>
  (x, s) =>
    tokenProbabilities(x, change(s));
const unnormalised: Probabilities = (x, s) => tokenProbabilities(x, s).map((p) => p * 0.9);
const reversedTies: Probabilities = (x, s) => tokenProbabilities(Array.from(x).toReversed(), s).toReversed();

describe("teeth: laws of sampling", () => {
  it("a distribution rejects: no normalisation; softmax rejects: temperature inverted; the most likely rejects: ties to the larger id; k rejects: k off by one; the nucleus rejects: top-p ignored, top-p one short; the first best rejects: the last best", async () => {
    const cut = { temperature: 1, topK: 1, topP: 1 };
    await rejects(() => sampling.isDistribution(unnormalised, logits, cut));
    await rejects(() =>
      sampling.agreesWithSoftmax(
        altered((s) => ({ ...s, temperature: 1 / s.temperature })),
        logits,
        2,
      ),
    );
    await rejects(() => sampling.keepsTheMostLikely(reversedTies, logits, cut));
    await rejects(() =>
      sampling.keepsAtMostK(
        altered((s) => ({ ...s, topK: s.topK + 1 })),
        logits,
        1,
        2,
      ),
    );
    await rejects(() =>
      sampling.keepsTheSmallestNucleus(
        altered((s) => ({ ...s, topP: 1 })),
        logits,
        1,
        0.5,
      ),
    );
    await rejects(() =>
      sampling.keepsTheSmallestNucleus(
        altered((s) => ({ ...s, topP: s.topP < 1 ? s.topP / 2 : 1 })),
        logits,
        1,
        0.7,
      ),
    );
    await rejects(() => sampling.takesTheFirstBest(reversedTies, logits));
  });
  it("the inverse of the distribution rejects: an impossible id, the id before; normalised log-probabilities rejects: logits in their place, a scale", async () => {
    const p = tokenProbabilities(logits, { temperature: 1, topK: 2, topP: 1 });
    await rejects(() => inverseCdfLaws.inverts(() => 1, p, 0.2));
    await rejects(() => inverseCdfLaws.inverts((q, u) => Math.max(0, inverseCdf(q, u) - 2), p, 0.9));
    await rejects(() => tokenLogpLaws.normalises((x, id) => x[id]!, logits));
    await rejects(() => tokenLogpLaws.normalises((x, id) => tokenLogp(x, id) * 1.1, logits));
  });
});

describe("teeth: laws of the cache", () => {
  it("each at its place rejects: keys and values swapped, the first row's place for all, a row that has ended written, the old cache kept", async () => {
    const arrivals = {
      B: 2,
      H: 1,
      Dh: 2,
      C: 3,
      places: [
        [0, 2],
        [1, -1],
      ],
    };
    const swapped: Append = (cache, k, v, slot) => appendToCache(cache, v, k, slot);
    const firstPlace: Append = (cache, k, v, slot) =>
      tf.tidy(() => appendToCache(cache, k, v, tf.tile(tf.slice(slot, [0, 0], [1, -1]), [2, 1])));
    const endless: Append = (cache, k, v, slot) =>
      tf.tidy(() => appendToCache(cache, k, v, tf.oneHot(tf.argMax(slot, 1), 3) as tf.Tensor2D));
    const hoardingCache: Append = (cache, ...token) => (tf.keep(tf.clone(cache.v)), appendToCache(cache, ...token));
    for (const mutant of [swapped, firstPlace, endless, hoardingCache])
      await rejects(() => kvCacheLaws.writesWhereToldTo(mutant, arrivals));
  });
});
