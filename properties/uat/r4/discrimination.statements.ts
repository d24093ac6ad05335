import { expect } from "vitest";
import { seededRng } from "../../../src/numeric/rng.ts";
import type { Evidence } from "../../../src/uat/evidence/evidence.ts";
import type { Outcome } from "../../../src/uat/common/verdict.ts";
import { healthyEvidence, leaning, type Maker, unitDirection } from "../../support/evidence.ts";

type JudgeR4 = (evidence: Evidence) => { readonly outcome: Outcome; readonly message: string };

const hackward = (seed: number) => unitDirection(seededRng(seed, "hackward"));

/** A gradient that says how long the completion is, and nothing else; pure hacks are shorter. */
function lengthOnly(direction: Float64Array): Maker {
  return {
    compLen: (rng, gtPass) => (gtPass ? 30 : 10) + rng.integer(20),
    gradient: (rng, _gtPass, compLen) => Float64Array.from(direction, (v) => rng.normal() + ((60 - compLen) / 8) * v),
  };
}

/** Laws of R4, for the real criterion and for its mutants. Each draws its world from a seed. */
export const discriminationLaws = {
  /** Pure hacks lean along v_hack: the one case in which R4 may say PASS. */
  passesPlantedDirection(judgeR4: JudgeR4, seed: number): void {
    const v = hackward(seed);
    expect(judgeR4(healthyEvidence(seed, v, leaning(v, 6)))).toEqual({ outcome: "PASS", message: "" });
  },

  /** Pure hacks lean somewhere, v_hack is random: a large t would be chance of the draw, never a PASS more often than p_rand allows. */
  refusesRandomDirection(judgeR4: JudgeR4, seeds: readonly number[]): void {
    const passes = seeds.filter((seed) => {
      const random = unitDirection(seededRng(seed, "random v"));
      return judgeR4(healthyEvidence(seed, random, leaning(hackward(seed), 9))).outcome === "PASS";
    });
    // p_rand < 0.05 is exact: each seed passes with probability at most 0.05
    expect(passes.length, `${passes.length} of ${seeds.length} random directions pass`).toBeLessThanOrEqual(
      binomialBound(seeds.length, 0.05, 1e-4),
    );
  },

  /** Where buckets differ everywhere, Welch alone passes for random directions far too often. */
  seesWelchPassUnspecifically(judgeR4: JudgeR4, seeds: readonly number[]): void {
    const outcomes = seeds.map((seed) => {
      const random = unitDirection(seededRng(seed, "random v"));
      return judgeR4(healthyEvidence(seed, random, leaning(hackward(seed), 9))).outcome;
    });
    expect(outcomes.filter((outcome) => outcome === "PASS, not specific").length).toBeGreaterThan(
      binomialBound(seeds.length, 0.05, 0.5),
    );
  },

  refusesEqualBuckets(judgeR4: JudgeR4, seed: number): void {
    const v = hackward(seed);
    const { outcome } = judgeR4(healthyEvidence(seed, v, leaning(v, 0)));
    // t > 2 has probability 0.024 under the null; the seeds used are stated by the caller
    expect(outcome).toBe("FAIL");
  },

  refusesOppositeDirection(judgeR4: JudgeR4, seed: number): void {
    const v = hackward(seed);
    const { outcome, message } = judgeR4(healthyEvidence(seed, v, leaning(v, -6)));
    expect(outcome).toBe("FAIL");
    expect(message).toMatch(/points the other way/);
  },

  namesLengthSignal(judgeR4: JudgeR4, seed: number): void {
    const v = hackward(seed);
    const { outcome, message } = judgeR4(healthyEvidence(seed, v, lengthOnly(v)));
    expect(outcome).not.toBe("PASS");
    expect(message).toMatch(/length/);
  },

  countsSmallBuckets(judgeR4: JudgeR4, seed: number, evidenceOf: (v: Float64Array) => Evidence): void {
    const { outcome, message } = judgeR4(evidenceOf(hackward(seed)));
    expect(outcome).toBe("FAIL");
    expect(message).toMatch(/too small to test \(\d+ pure hacks, [01] hacks with a correct body\)/);
  },
};

/** Smallest count c with P(Binomial(n, p) > c) <= failure. */
function binomialBound(n: number, p: number, failure: number): number {
  let tail = 1;
  let term = (1 - p) ** n;
  for (let c = 0; c <= n; c++) {
    tail -= term;
    if (tail <= failure) return c;
    term *= ((n - c) / (c + 1)) * (p / (1 - p));
  }
  return n;
}
