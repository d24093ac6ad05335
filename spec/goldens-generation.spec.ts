import { expect, it } from "vitest";
import { openModel } from "../src/probe/openModel.ts";
import { generate } from "../src/decoder/generate.ts";
import { inverseCdf, tokenProbabilities } from "../src/decoder/tokenProbabilities.ts";
import { forEachBackend } from "../properties/support/backends.ts";
import { expectWithin, goldenTolerance } from "../properties/support/tolerance.ts";
import { describeGolden, goldenPath, goldenSets } from "./support/goldens.ts";

interface Expected {
  readonly generation: {
    readonly max_new_tokens: number;
    readonly eos_token_ids: number[];
    readonly cases: readonly { readonly prompt_ids: number[]; readonly new_ids: number[]; readonly finish: string }[];
  };
}

for (const set of goldenSets())
  describeGolden(`${set}/expected.json`, (golden) => {
    const { max_new_tokens: maxNewTokens, eos_token_ids: stopIds, cases } = (golden as Expected).generation;

    forEachBackend(() => {
      it("greedy continuations, all prompts in one batch: every id, and the reason to stop", async () => {
        const { checkpoint, model } = await openModel(goldenPath(set), null);
        const rows = cases.map(({ prompt_ids: promptIds }, i) => ({ promptIds, key: `${i}` }));
        const generated = await generate(
          model,
          rows,
          { temperature: 0, topK: 0, topP: 1, maxNewTokens, stopIds, seed: 1 },
          () => {},
        );
        expect(generated.map(({ completionIds }) => completionIds)).toEqual(cases.map(({ new_ids }) => new_ids));
        expect(generated.map(({ stopped }) => stopped)).toEqual(cases.map(({ finish }) => finish !== "length"));
        expect(checkpoint.config.eosTokenIds).toEqual(stopIds);
        model.dispose();
      });
    });
  });

interface SamplingCase {
  readonly logits: number[];
  readonly temperature: number;
  readonly top_k: number;
  readonly top_p: number;
  readonly probs: number[];
  readonly inverse_cdf: readonly { readonly u: number; readonly id: number }[];
}

describeGolden("sampling.json", (golden) => {
  it("probabilities after temperature, top-k, top-p within 1e-9; the id that each u draws", () => {
    for (const {
      logits,
      temperature,
      top_k: topK,
      top_p: topP,
      probs,
      inverse_cdf: draws,
    } of golden as readonly SamplingCase[]) {
      const probabilities = tokenProbabilities(logits, { temperature, topK, topP });
      probs.forEach((p, id) =>
        expectWithin(
          probabilities[id]!,
          p,
          goldenTolerance.float64Absolute,
          `temperature ${temperature} k ${topK} p ${topP} id ${id}`,
        ),
      );
      for (const { u, id } of draws) expect(inverseCdf(probabilities, u), `u = ${u}`).toBe(id);
    }
  });
});
