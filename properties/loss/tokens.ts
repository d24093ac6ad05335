import fc from "fast-check";
import type { DrGrpoScale, PolicyTokens } from "../../src/loss/drGrpoLoss.ts";
import { gamma, unitRoundoff64 } from "../support/tolerance.ts";

/** Log-probabilities of completion tokens, samples end to end. */
export interface Tokens extends PolicyTokens {
  readonly logps: number[];
  readonly oldLogps: number[];
  readonly refLogps: number[];
  readonly advantages: number[];
  readonly completionStarts: number[];
}

/** fc.double spreads over exponents, so nearly all of its values are tiny; half of these spread over the interval itself. */
const between = (min: number, max: number) =>
  fc.oneof(
    fc.double({ min, max, noNaN: true }),
    fc.integer({ min: 0, max: 1000 }).map((i) => min + ((max - min) * i) / 1000),
  );

const logp = between(-20, 0);
/** ratios from e^-2 to e^2, both clip edges well inside */
const drift = between(-2, 2);
/** Zero, or large enough that rho A / denominator does not underflow: a zero gradient then means a stopped token. */
const advantage = fc.oneof(
  fc.constant(0),
  between(-3, 3).map((A) => (Math.abs(A) < 1e-300 ? 0 : A)),
);

/** One to four samples of one to five tokens. */
export const anyTokens: fc.Arbitrary<Tokens> = fc
  .array(fc.tuple(advantage, fc.array(fc.tuple(logp, drift, drift), { minLength: 1, maxLength: 5 })), {
    minLength: 1,
    maxLength: 4,
  })
  .map((samples) => {
    const tokens = samples.flatMap(([, sample]) => sample);
    return {
      logps: tokens.map(([lp]) => lp),
      oldLogps: tokens.map(([lp, old]) => lp - old),
      refLogps: tokens.map(([lp, , ref]) => lp + ref),
      advantages: samples.map(([A]) => A),
      completionStarts: samples.reduce((starts, [, sample]) => [...starts, starts.at(-1)! + sample.length], [0]),
    };
  });

export const scale: DrGrpoScale = { clip: 0.2, denominator: 24 };

/** The sample that token t belongs to. */
export function sampleOf(completionStarts: ArrayLike<number>, t: number): number {
  return Array.from(completionStarts).findLastIndex((start) => start <= t);
}

/** Per sample, the sum of a term of each of its tokens. */
export function sums({ logps, completionStarts }: Tokens, term: (t: number) => number): Float64Array {
  const perSample = new Float64Array(completionStarts.length - 1);
  logps.forEach((_, t) => (perSample[sampleOf(completionStarts, t)]! += term(t)));
  return perSample;
}

/** Rounding of a sum of n terms whose magnitudes add up to about `size`. */
export const rounding = (n: number, size: number): number => gamma(n + 16, unitRoundoff64) * (1 + size);

/** Step of a central difference of a smooth function in float64: truncation h^2/6 |f'''| balances rounding u |f| / h. */
export const h = 1e-5;
/** exp has bounded derivatives here: ratios reach e^2 and k3 e^2, advantages 3, so |f'''| < 32; |logp| reaches 22. */
export const differenceBound = (32 * h ** 2) / 6 + (32 * unitRoundoff64) / h;

/** Central difference of a loss by the log-probability of token t. */
export function difference(logps: readonly number[], t: number, lossAt: (logps: number[]) => number): number {
  const moved = (by: number) => lossAt(logps.map((logp, i) => (i === t ? logp + by : logp)));
  return (moved(h) - moved(-h)) / (2 * h);
}

/**
 * Hand-made, for the teeth: unequal lengths; ratios inside, outside and on both sides of the clip edges, with advantages of
 * both signs; one sample without advantage.
 */
export const toothTokens: Tokens = {
  logps: [-1, -2, -0.5, -3, -0.1, -4, -2, -1.5],
  oldLogps: [-1, -2.5, -0.4, -3.6, -0.6, -3.5, -2.7, -1],
  refLogps: [-1.2, -1, -0.7, -3, -0.5, -3, -2, -2.5],
  advantages: [1.5, -0.5, 0, -1],
  completionStarts: [0, 3, 6, 7, 8],
};
