import { expect } from "vitest";
import type { inverseCdf, Sampling, tokenLogp, tokenProbabilities } from "../../src/decoder/tokenProbabilities.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../support/tolerance.ts";

export type Probabilities = typeof tokenProbabilities;

const all: Omit<Sampling, "temperature"> = { topK: 0, topP: 1 };
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);
const bound = (n: number) => gamma(4 * n + 32, unitRoundoff64);

export const tokenProbabilitiesLaws = {
  isDistribution(probabilities: Probabilities, logits: readonly number[], sampling: Sampling): void {
    const p = probabilities(logits, sampling);
    expectWithin(sum(p), 1, bound(logits.length), "sum");
    expect(Math.min(...p)).toBeGreaterThanOrEqual(0);
  },

  agreesWithSoftmax(probabilities: Probabilities, logits: readonly number[], temperature: number): void {
    const peak = Math.max(...logits);
    const exps = logits.map((logit) => Math.exp((logit - peak) / temperature));
    probabilities(logits, { temperature, ...all }).forEach((p, id) =>
      expectWithin(p, exps[id]! / sum(exps), bound(logits.length), `id ${id}`),
    );
  },

  /** What is kept is a set of the most likely, in the proportions that they had; ties go to the smaller id. */
  keepsTheMostLikely(probabilities: Probabilities, logits: readonly number[], sampling: Sampling): void {
    const [whole, cut] = [probabilities(logits, { ...sampling, ...all }), probabilities(logits, sampling)];
    const order = [...whole.keys()].sort((a, b) => whole[b]! - whole[a]! || a - b);
    const kept = order.filter((id) => cut[id]! > 0);
    const support = order.filter((id) => whole[id]! > 0);
    expect(kept).toEqual(support.slice(0, kept.length));
    const total = sum(kept.map((id) => whole[id]!));
    for (const id of kept) expectWithin(cut[id]!, whole[id]! / total, 4 * bound(logits.length), `id ${id}`);
  },

  keepsAtMostK(probabilities: Probabilities, logits: readonly number[], temperature: number, topK: number): void {
    const kept = probabilities(logits, { temperature, topK, topP: 1 }).filter((p) => p > 0).length;
    const support = probabilities(logits, { temperature, ...all }).filter((p) => p > 0).length;
    expect(kept).toBe(topK === 0 ? support : Math.min(topK, support));
  },

  /** The smallest set that reaches topP: it does, and without its least likely member it does not. */
  keepsTheSmallestNucleus(
    probabilities: Probabilities,
    logits: readonly number[],
    temperature: number,
    topP: number,
  ): void {
    const whole = probabilities(logits, { temperature, ...all });
    const cut = probabilities(logits, { temperature, topK: 0, topP });
    const kept = [...whole.keys()].filter((id) => cut[id]! > 0).map((id) => whole[id]!);
    expect(kept.length).toBeGreaterThan(0);
    if (topP < 1) expect(sum(kept) - Math.min(...kept)).toBeLessThan(topP + bound(logits.length));
    expect(sum(kept)).toBeGreaterThanOrEqual(topP - bound(logits.length));
  },

  takesTheFirstBest(probabilities: Probabilities, logits: readonly number[]): void {
    const best = logits.indexOf(Math.max(...logits));
    expect([...probabilities(logits, { temperature: 0, ...all })]).toEqual(logits.map((_, id) => Number(id === best)));
  },
};

export const inverseCdfLaws = {
  /** An id that can occur, below it at most u, up to it more than u (unless rounding ate the end). */
  inverts(invert: typeof inverseCdf, p: Float64Array, u: number): void {
    const id = invert(p, u);
    expect(p[id]).toBeGreaterThan(0);
    const below = sum(p.subarray(0, id));
    expect(below).toBeLessThanOrEqual(u);
    if (p.subarray(id + 1).some((later) => later > 0)) expect(below + p[id]!).toBeGreaterThan(u);
  },
};

export const tokenLogpLaws = {
  normalises(logp: typeof tokenLogp, logits: readonly number[]): void {
    const size = 1 + Math.max(...logits.map(Math.abs));
    expectWithin(
      sum(logits.map((_, id) => Math.exp(logp(logits, id)))),
      1,
      bound(logits.length) * size,
      "sum of probabilities",
    );
    logits.forEach((logit, id) =>
      expectWithin(logp(logits, id) - logp(logits, 0), logit - logits[0]!, bound(logits.length) * size, `id ${id}`),
    );
  },
};
