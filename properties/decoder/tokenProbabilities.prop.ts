import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NonFiniteError } from "../../src/errors.ts";
import { inverseCdf, tokenLogp, tokenProbabilities } from "../../src/decoder/tokenProbabilities.ts";
import { nonFinite } from "../support/arbitraries.ts";
import { inverseCdfLaws, tokenLogpLaws, tokenProbabilitiesLaws as laws } from "./tokenProbabilities.statements.ts";

/** Logits of a language model; few distinct values, so that ties occur. */
const logits = fc.array(fc.oneof(fc.double({ min: -50, max: 50, noNaN: true }), fc.integer({ min: -2, max: 2 })), {
  minLength: 1,
  maxLength: 12,
});
const temperature = fc.constantFrom(0.25, 0.7, 1, 3);
const topK = fc.nat({ max: 14 });
const topP = fc.oneof(fc.constantFrom(1, 0.5), fc.double({ min: 1e-6, max: 1, noNaN: true }));
const sampling = fc.record({ temperature: fc.oneof(fc.constant(0), temperature), topK, topP });

describe("tokenProbabilities", () => {
  it("is a distribution: p >= 0, sum p = 1", () =>
    fc.assert(fc.property(logits, sampling, (x, s) => laws.isDistribution(tokenProbabilities, x, s))));

  it("agrees with softmax(logits / temperature) where nothing is cut", () =>
    fc.assert(fc.property(logits, temperature, (x, t) => laws.agreesWithSoftmax(tokenProbabilities, x, t))));

  it("keeps the most likely in their proportions: p' = p / sum of the kept, ties to the smaller id", () =>
    fc.assert(
      fc.property(logits, fc.record({ temperature, topK, topP }), (x, s) =>
        laws.keepsTheMostLikely(tokenProbabilities, x, s),
      ),
    ));

  it("keeps min(k, Vocab) tokens; k = 0 keeps all", () =>
    fc.assert(fc.property(logits, temperature, topK, (x, t, k) => laws.keepsAtMostK(tokenProbabilities, x, t, k))));

  it("keeps the smallest set that reaches topP, at least one", () =>
    fc.assert(
      fc.property(logits, temperature, topP, (x, t, p) => laws.keepsTheSmallestNucleus(tokenProbabilities, x, t, p)),
    ));

  it("takes the first of the best at temperature 0", () =>
    fc.assert(fc.property(logits, (x) => laws.takesTheFirstBest(tokenProbabilities, x))));

  it("rejects a non-finite logit -> NonFiniteError", () =>
    fc.assert(
      fc.property(logits, sampling, nonFinite, fc.nat(), (x, s, broken, at) => {
        expect(() => tokenProbabilities(x.with(at % x.length, broken), s)).toThrow(NonFiniteError);
      }),
    ));
});

describe("inverseCdf", () => {
  it("inverts the cumulative distribution: sum_{j < id} p_j <= u < sum_{j <= id} p_j", () =>
    fc.assert(
      fc.property(logits, sampling, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (x, s, u) =>
        inverseCdfLaws.inverts(inverseCdf, tokenProbabilities(x, s), u),
      ),
    ));
});

describe("tokenLogp", () => {
  it("normalises: sum_id exp(logp) = 1, logp_i - logp_j = logit_i - logit_j", () =>
    fc.assert(fc.property(logits, (x) => tokenLogpLaws.normalises(tokenLogp, x))));
});
