import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { completionLogps } from "../../src/decoder/logps.ts";
import type { GeneratedRow, generate, GenerationRow, GenerationSettings } from "../../src/decoder/generate.ts";
import { inverseCdf, tokenProbabilities } from "../../src/decoder/tokenProbabilities.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import { withModel, type TinyModel } from "../support/tinyModel.ts";
import { expectWithin, goldenTolerance } from "../support/tolerance.ts";
import { scoresOf } from "./logps.statements.ts";
import { twinOf } from "./tinyPasses.ts";
import { tokenLogpsTwin } from "../reference/qwen3.ts";

export type Generate = typeof generate;

/** A model, prompts for it, and how to draw. */
export interface GenerationWorld {
  readonly tiny: TinyModel;
  readonly rows: readonly GenerationRow[];
  readonly settings: GenerationSettings;
}

const quiet = (): void => {};
const idsOf = (results: readonly GeneratedRow[]) => results.map(({ completionIds }) => completionIds);

export const generateLaws = {
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

  /** What generation says of its tokens is what scoring says. */
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
    const told: [number, GeneratedRow][] = [];
    const results = await withModel(tiny, (model) =>
      draw(model, rows, settings, (row, generated) => told.push([row, structuredClone(generated)])),
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
    expect(told.toSorted(([a], [b]) => a - b)).toEqual(results.map((generated, row) => [row, generated]));
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
