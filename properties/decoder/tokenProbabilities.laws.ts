import fc from "fast-check";
import { expect } from "vitest";
import { inverseCdf, tokenLogp, tokenProbabilities, type Sampling } from "../../src/decoder/tokenProbabilities.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../support/tolerance.ts";

type Probabilities = typeof tokenProbabilities;

const all: Omit<Sampling, "temperature"> = { topK: 0, topP: 1 };
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);
const bound = (n: number) => gamma(4 * n + 32, unitRoundoff64);

const tokenProbabilitiesLaws = {
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

const inverseCdfLaws = {
  /** An id that can occur, below it at most u, up to it more than u (unless rounding ate the end). */
  inverts(invert: typeof inverseCdf, p: Float64Array, u: number): void {
    const id = invert(p, u);
    expect(p[id]).toBeGreaterThan(0);
    const below = sum(p.subarray(0, id));
    expect(below).toBeLessThanOrEqual(u);
    if (p.subarray(id + 1).some((later) => later > 0)) expect(below + p[id]!).toBeGreaterThan(u);
  },
};

const tokenLogpLaws = {
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

/** Logits of a language model; few distinct values, so that ties occur. */
const anyLogits = fc.array(fc.oneof(fc.double({ min: -50, max: 50, noNaN: true }), fc.integer({ min: -2, max: 2 })), {
  minLength: 1,
  maxLength: 12,
});
const temperature = fc.constantFrom<number[]>(0.25, 0.7, 1, 3);
const topK = fc.nat({ max: 14 });
const topP = fc.oneof(fc.constantFrom(1, 0.5), fc.double({ min: 1e-6, max: 1, noNaN: true }));
const sampling: fc.Arbitrary<Sampling> = fc.record({ temperature: fc.oneof(fc.constant(0), temperature), topK, topP });

const logits = [2, -1, 2, 0.5, 0];
const cut = { temperature: 1, topK: 1, topP: 1 };
const altered =
  (change: (sampling: Sampling) => Sampling): Probabilities =>
  (x, s) =>
    tokenProbabilities(x, change(s));
const unnormalised: Probabilities = (x, s) => tokenProbabilities(x, s).map((p) => p * 0.9);
const reversedTies: Probabilities = (x, s) => tokenProbabilities(Array.from(x).toReversed(), s).toReversed();

lawsOf<Probabilities>("tokenProbabilities", tokenProbabilities, (law) => {
  const laws = tokenProbabilitiesLaws;
  law("is a distribution: p >= 0, sum p = 1", {
    for: [anyLogits, sampling],
    holds: laws.isDistribution,
    rejects: { "no normalisation": [unnormalised, logits, cut] },
  });

  law("agrees with softmax(logits / temperature) where nothing is cut", {
    for: [anyLogits, temperature],
    holds: laws.agreesWithSoftmax,
    rejects: { "temperature inverted": [altered((s) => ({ ...s, temperature: 1 / s.temperature })), logits, 2] },
  });

  law("keeps the most likely in their proportions: p' = p / sum of the kept, ties to the smaller id", {
    for: [anyLogits, fc.record({ temperature, topK, topP })],
    holds: laws.keepsTheMostLikely,
    rejects: { "ties to the larger id": [reversedTies, logits, cut] },
  });

  law("keeps min(k, Vocab) tokens; k = 0 keeps all", {
    for: [anyLogits, temperature, topK],
    holds: laws.keepsAtMostK,
    rejects: { "k off by one": [altered((s) => ({ ...s, topK: s.topK + 1 })), logits, 1, 2] },
  });

  law("keeps the smallest set that reaches topP, at least one", {
    for: [anyLogits, temperature, topP],
    holds: laws.keepsTheSmallestNucleus,
    rejects: {
      "top-p ignored": [altered((s) => ({ ...s, topP: 1 })), logits, 1, 0.5],
      "top-p one short": [altered((s) => ({ ...s, topP: s.topP < 1 ? s.topP / 2 : 1 })), logits, 1, 0.7],
    },
  });

  law("takes the first of the best at temperature 0", {
    for: [anyLogits],
    holds: laws.takesTheFirstBest,
    rejects: { "the last best": [reversedTies, logits] },
  });
});

lawsOf<typeof inverseCdf>("inverseCdf", inverseCdf, (law) => {
  const drawn = fc.tuple(anyLogits, sampling).map(([x, s]) => tokenProbabilities(x, s));
  const p = tokenProbabilities(logits, { temperature: 1, topK: 2, topP: 1 });
  law("inverts the cumulative distribution: sum_{j < id} p_j <= u < sum_{j <= id} p_j", {
    for: [drawn, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })],
    holds: inverseCdfLaws.inverts,
    rejects: {
      "an impossible id": [() => 1, p, 0.2],
      "the id before": [(q, u) => Math.max(0, inverseCdf(q, u) - 2), p, 0.9],
    },
  });
});

lawsOf<typeof tokenLogp>("tokenLogp", tokenLogp, (law) => {
  law("normalises: sum_id exp(logp) = 1, logp_i - logp_j = logit_i - logit_j", {
    for: [anyLogits],
    holds: tokenLogpLaws.normalises,
    rejects: {
      "logits in their place": [(x, id) => x[id]!, logits],
      "a scale": [(x, id) => tokenLogp(x, id) * 1.1, logits],
    },
  });
});
