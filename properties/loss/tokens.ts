import fc from "fast-check";
import type { PolicyTokens } from "../../src/loss/drGrpoLoss.ts";

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

/** The sample that token t belongs to. */
export function sampleOf(completionStarts: readonly number[], t: number): number {
  return completionStarts.findLastIndex((start) => start <= t);
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
