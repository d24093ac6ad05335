import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import {
  generate,
  type GeneratedRow,
  type GenerationRow,
  type GenerationSettings,
} from "../../src/decoder/generate.ts";
import { completionLogps } from "../../src/decoder/logps.ts";
import { inverseCdf, tokenProbabilities } from "../../src/decoder/tokenProbabilities.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import { tokenLogpsTwin } from "../reference/qwen3.ts";
import { forEachBackend, onBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { runsOn } from "../support/runs.ts";
import { anyTinyModel, tinyModel, withModel, type TinyModel } from "../support/tinyModel.ts";
import { expectWithin, goldenTolerance } from "../support/tolerance.ts";
import { scoresOf } from "./scores.ts";
import { smallConfig } from "./smallWorld.ts";
import { twinOf } from "./tinyPasses.ts";

type Generate = typeof generate;

/** A model, prompts for it, and how to draw. */
interface GenerationWorld {
  readonly tiny: TinyModel;
  readonly rows: readonly GenerationRow[];
  readonly settings: GenerationSettings;
}

const quiet = (): void => {};
const idsOf = (results: readonly GeneratedRow[]) => results.map(({ completionIds }) => completionIds);

const generateLaws = {
  /** Batch size, order and company change nothing: ids to the last one, but for numbers within rounding of an edge. */
  async ignoresCompany(draw: Generate, world: GenerationWorld): Promise<void> {
    const { tiny, rows, settings } = world;
    await withModel(tiny, async (model) => {
      const together = idsOf(await draw(model, rows, settings, quiet));
      expectSameDraws(world, idsOf(await draw(model, rows.toReversed(), settings, quiet)).toReversed(), together);
      const alone: number[][] = [];
      for (const row of rows) alone.push(...idsOf(await draw(model, [row], settings, quiet)));
      expectSameDraws(world, alone, together);
    });
  },

  /** The cache is an economy: the same ids as drawing from the float64 twin's full forward pass at every step. */
  async agreesWithFullForward(draw: Generate, { tiny, rows, settings }: GenerationWorld): Promise<void> {
    const results = await withModel(tiny, (model) => draw(model, rows, settings, quiet));
    for (const [r, { promptIds, key }] of rows.entries()) {
      const rng = seededRng(settings.seed, "generate", key);
      const ids = [...promptIds];
      for (const [t, id] of results[r]!.completionIds.entries()) {
        const logps = nextLogps(tiny, ids);
        const probabilities = tokenProbabilities(logps, settings);
        const u = rng.uniform();
        if (!isClose(logps, u, settings)) expect(id, `row ${r} token ${t}`).toBe(inverseCdf(probabilities, u));
        expectWithin(
          results[r]!.logps[t]!,
          logps[id]!,
          2 * goldenTolerance.logps * Math.max(1, Math.abs(logps[id]!)),
          `logp of token ${t}`,
        );
        ids.push(id);
      }
    }
  },

  /** Generation and scoring give the same tokens the same log-probabilities. */
  async agreesWithScoring(draw: Generate, { tiny, rows, settings }: GenerationWorld): Promise<void> {
    await withModel(tiny, async (model) => {
      const results = await draw(model, rows, settings, quiet);
      const sequences = rows.map(({ promptIds }, r) => ({ promptIds, completionIds: results[r]!.completionIds }));
      (await scoresOf(completionLogps, model, sequences)).forEach((logps, r) =>
        logps.forEach((logp, t) =>
          expectWithin(
            results[r]!.logps[t]!,
            logp,
            2 * goldenTolerance.logps * Math.max(1, Math.abs(logp)),
            `row ${r} token ${t}`,
          ),
        ),
      );
    });
  },

  async stops(draw: Generate, { tiny, rows, settings }: GenerationWorld): Promise<void> {
    const handedOver: [number, GeneratedRow][] = [];
    const results = await withModel(tiny, (model) =>
      draw(model, rows, settings, (row, generated) => handedOver.push([row, structuredClone(generated)])),
    );
    for (const { completionIds, logps, stopped } of results) {
      expect(logps.length).toBe(completionIds.length);
      expect(completionIds.length).toBeLessThanOrEqual(settings.maxNewTokens);
      expect(
        completionIds.slice(0, -1).some((id) => settings.stopIds.includes(id)),
        "a stop id before the end",
      ).toBe(false);
      expect(stopped).toBe(settings.stopIds.includes(completionIds.at(-1)!));
      if (!stopped) expect(completionIds.length).toBe(settings.maxNewTokens);
    }
    expect(handedOver.toSorted(([a], [b]) => a - b)).toEqual(results.map((generated, row) => [row, generated]));
  },

  async followsItsSeed(draw: Generate, { tiny, rows, settings }: GenerationWorld): Promise<void> {
    await withModel(tiny, async (model) => {
      const results = await draw(model, rows, settings, quiet);
      expect(await draw(model, rows, settings, quiet)).toEqual(results);
      const longer = { ...settings, maxNewTokens: settings.maxNewTokens + 3 };
      idsOf(await draw(model, rows, longer, quiet)).forEach((ids, r) =>
        expect(ids.slice(0, results[r]!.completionIds.length)).toEqual(results[r]!.completionIds),
      );
    });
  },

  async freesItsTensors(draw: Generate, { tiny, rows, settings }: GenerationWorld): Promise<void> {
    await withModel(tiny, async (model) => {
      const before = tf.memory().numTensors;
      await draw(model, rows, settings, quiet);
      expect(tf.memory().numTensors).toBe(before);
    });
  },
};

/** Log-probabilities of every next token, in float64 and without a cache. */
function nextLogps(tiny: TinyModel, ids: readonly number[]): number[] {
  return Array.from(
    { length: tiny.config.vocabSize },
    (_, next) => tokenLogpsTwin(twinOf(tiny), [...ids, next], ids.length)[0]!,
  );
}

/** The same ids, up to a first difference that rounding explains: after it the two are different texts. */
function expectSameDraws(
  { tiny, rows, settings }: GenerationWorld,
  found: readonly number[][],
  wanted: readonly number[][],
): void {
  rows.forEach(({ promptIds, key }, r) => {
    const t = wanted[r]!.findIndex((id, i) => found[r]![i] !== id);
    if (t < 0) return expect(found[r]).toEqual(wanted[r]);
    const rng = seededRng(settings.seed, "generate", key);
    for (let i = 0; i < t; i++) rng.uniform();
    const close = isClose(nextLogps(tiny, [...promptIds, ...wanted[r]!.slice(0, t)]), rng.uniform(), settings);
    expect(close, `row ${r} token ${t}: ${found[r]![t]} against ${wanted[r]![t]}, far from any edge`).toBe(true);
  });
}

/** Would an error of a few float32 roundings in the logits move an edge of the distribution across u, or a token across a cut? */
function isClose(logps: readonly number[], u: number, { temperature, topK, topP }: GenerationSettings): boolean {
  // an error of every logit by the goldens' tolerance, twice over, divided by the temperature
  const margin =
    (4 * goldenTolerance.logits * Math.max(1, ...logps.map(Math.abs))) / (temperature === 0 ? 1 : temperature);
  const sorted = [...logps].sort((a, b) => b - a);
  if (temperature === 0) return sorted[0]! - sorted[1]! < margin;
  let cumulative = 0;
  for (const p of tokenProbabilities(logps, { temperature, topK, topP }))
    if (Math.abs((cumulative += p) - u) < margin) return true;
  const ties = sorted.some((logp, i) => i > 0 && sorted[i - 1]! - logp < margin);
  if (ties && (topK > 0 || topP < 1)) return true;
  const ranked = [...tokenProbabilities(logps, { temperature, topK, topP: 1 })].sort((a, b) => b - a);
  let reached = 0;
  return topP < 1 && ranked.some((p) => Math.abs((reached += p) - topP) < margin);
}

/** Some prompts around the size by which caches grow, some the same; some rows stop early. */
const anyWorld: fc.Arbitrary<GenerationWorld> = anyTinyModel.chain((tiny) => {
  const id = fc.nat({ max: tiny.config.vocabSize - 1 });
  const prompt = fc.oneof(
    { weight: 3, arbitrary: fc.array(id, { minLength: 1, maxLength: 5 }) },
    { weight: 1, arbitrary: fc.array(id, { minLength: 29, maxLength: 34 }) },
  );
  return fc.record({
    tiny: fc.constant(tiny),
    rows: fc
      .array(prompt, { minLength: 1, maxLength: 3 })
      .chain((prompts) =>
        fc
          .array(fc.nat({ max: prompts.length - 1 }), { minLength: 1, maxLength: 4 })
          .map((picks) => picks.map((pick, i) => ({ promptIds: prompts[pick]!, key: `row/${i}` }))),
      ),
    settings: fc.record({
      temperature: fc.constantFrom(0, 0.7, 1, 2),
      topK: fc.constantFrom(0, 1, 2, 99),
      topP: fc.constantFrom(1, 0.9, 0.3),
      maxNewTokens: fc.integer({ min: 1, max: 8 }),
      stopIds: fc.uniqueArray(id, { maxLength: 2 }),
      seed: fc.nat(),
    }),
  });
});

const tooth: GenerationWorld = {
  tiny: tinyModel(
    { ...smallConfig, numHiddenLayers: 1, numAttentionHeads: 2, numKeyValueHeads: 1, tieWordEmbeddings: true },
    3,
  ),
  rows: [
    { promptIds: [1, 2], key: "a" },
    { promptIds: [3, 4, 5], key: "b" },
    { promptIds: [1, 2], key: "c" },
  ],
  settings: { temperature: 2, topK: 0, topP: 1, maxNewTokens: 12, stopIds: [0], seed: 5 },
};
const eager = { ...tooth, settings: { ...tooth.settings, stopIds: [0, 1, 2, 3, 4] } };

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

forEachBackend((backend) => {
  const { numRuns } = runsOn(backend, 15);
  lawsOf<Generate>("generate", generate, (law) => {
    law("is invariant to batch size, order and company: ids(all) = ids(reversed) = ids(one by one)", {
      else: "a pool cannot be remade, and a row's completion depends on the rows beside it",
      for: [anyWorld],
      holds: generateLaws.ignoresCompany,
      rejects: { "a stream per place in the batch": [oneStreamPerPlace, tooth] },
      numRuns,
    });

    law("agrees with the float64 twin without a cache: id_t = inverseCdf(p(. | prompt, ids before t), u_t)", {
      else: "the pool's completions are not samples of the teacher",
      for: [anyWorld],
      holds: generateLaws.agreesWithFullForward,
      rejects: {
        "another temperature": [otherTemperature, tooth],
        "a prompt token unread": [firstTokenUnread, tooth],
        "log-probabilities at temperature 2": [sampledLogps, tooth],
      },
      numRuns,
    });

    law("agrees with scoring: logps = completionLogps(prompt, ids)", {
      else: "importance ratios start away from 1",
      for: [anyWorld],
      holds: generateLaws.agreesWithScoring,
      rejects: {
        "log-probabilities at temperature 2": [sampledLogps, tooth],
        "a prompt token unread": [firstTokenUnread, tooth],
      },
      numRuns,
    });

    law(
      "stops at the first stop id, which is included, or after maxNewTokens; hands over each row once, when it is whole",
      {
        for: [anyWorld],
        holds: generateLaws.stops,
        rejects: {
          "stop ids unheard": [deaf, eager],
          "the stop id cut off": [stopIdCutOff, eager],
          "rows not handed over": [mute, eager],
        },
        numRuns,
      },
    );

    law("is reproducible: same seed -> same ids and logps; more tokens allowed -> the same beginning", {
      for: [anyWorld],
      holds: generateLaws.followsItsSeed,
      rejects: { "a seed of the day": [seedless, tooth] },
      numRuns,
    });

    law("frees its tensors: numTensors is unchanged", {
      for: [anyWorld],
      holds: generateLaws.freesItsTensors,
      rejects: { "a tensor kept": [hoarding, tooth] },
      numRuns,
    });
  });
});

// the growth of caches by 32 slots must not be seen: a row long past several of them, beside shorter ones
const grown = (tiny: TinyModel, seed: number): GenerationWorld => ({
  tiny,
  rows: [1, 31, 32, 33].map((length, i) => ({
    promptIds: Array.from({ length }, (_, t) => (t * (i + 1)) % tiny.config.vocabSize),
    key: `${i}`,
  })),
  settings: { temperature: 1, topK: 0, topP: 1, maxNewTokens: 70, stopIds: [0], seed },
});
onBackend("wasm", () =>
  lawsOf<Generate>("generate", generate, (law) => {
    law("is invariant to the growth of its caches: 70 tokens after prompts of 1, 31, 32, 33, alone = together", {
      for: [anyTinyModel, fc.nat()],
      holds: (draw, tiny, seed) => generateLaws.ignoresCompany(draw, grown(tiny, seed)),
      rejects: { "a stream per place in the batch": [oneStreamPerPlace, tooth.tiny, 5] },
      numRuns: 3,
    });
  }),
);
