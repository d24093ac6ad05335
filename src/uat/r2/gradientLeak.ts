import { dot } from "../../numeric/linalg/blas1.ts";
import { rankP } from "../../numeric/rankP.ts";
import { type Rng, seededRng } from "../../numeric/rng.ts";
import { shuffled } from "../../numeric/shuffled.ts";
import type { Condition } from "../common/measurement.ts";
import type { SampleGradients } from "../evidence/sampleGradients.ts";
import { unitGradient } from "../common/unitGradient.ts";

/** False alarms of the order test, one run in a thousand. */
const falseAlarm = 0.001;
const draws = 4999;
/** Gradients closer than this are equal to float32. */
const sameDirection = 1 - 1e-9;

/**
 * Do per-sample gradients leak between samples?
 *
 * Rollouts of one problem are exchangeable: their order in the batch carries no information. So the mean cosine of
 * batch neighbours must look like that of any order (permutation within steps, one-sided). A gradient that holds part of
 * its neighbour's, or of all samples before it, is more like its neighbour than chance allows. A gradient that is the
 * whole batch's shows as equal gradients of different completions. Equal completions are alike without any leak: such
 * pairs count for nothing, in the batch's order as in the permuted ones.
 *
 * Not seen: a leak that treats all other samples alike and is small.
 *
 * @param tokens  per step with gradients, one key per row: equal keys are equal completions
 */
export function gradientLeak(
  gradients: SampleGradients,
  tokens: ReadonlyMap<number, readonly string[]>,
  seed: number,
): Condition[] {
  const grams = [...tokens].map(([step, keys]) => cosinesOf(gradients.bySteps.get(step)!, keys));
  const copies = grams.flat(2).filter((cosine) => cosine > sameDirection).length / 2;
  const p = neighbourP(grams, seededRng(seed, "gradient leak"));
  return [
    {
      name: "different completions with one gradient",
      value: copies,
      relation: "at most",
      bound: 0,
      decides: "pass",
      cause: `${copies} pairs of different completions have the same gradient: per-sample gradients leak between samples`,
    },
    {
      name: "likeness of batch neighbours, p",
      value: p,
      relation: "more than",
      bound: falseAlarm,
      decides: "pass",
      cause: `gradients resemble their neighbours in the batch beyond chance (p ${p.toFixed(4)}): per-sample gradients leak between samples`,
    },
  ];
}

function neighbourP(grams: readonly number[][][], rng: Rng): number {
  const inOrder = grams.map((cosines) => cosines.map((_, i) => i));
  const statistic = (orders: readonly number[][]) =>
    grams.reduce((sum, cosines, g) => sum + neighbourSum(cosines, orders[g]!), 0);
  const controls = Array.from({ length: draws }, () => statistic(inOrder.map((order) => shuffled(order, rng))));
  return rankP(statistic(inOrder), controls);
}

function neighbourSum(cosines: readonly number[][], order: readonly number[]): number {
  let sum = 0;
  for (let i = 1; i < order.length; i++) sum += cosines[order[i - 1]!]![order[i]!]!;
  return sum;
}

/** Cosines between all pairs of a step's gradients, [B, B]; 0 between equal completions, and where a gradient is zero. */
function cosinesOf(rows: readonly Float32Array[], keys: readonly string[]): number[][] {
  const units = rows.map(unitGradient);
  return units.map((a, i) =>
    units.map((b, j) => (keys[i] === keys[j] || a === null || b === null ? 0 : dot(a, 0, b, 0, a.length))),
  );
}
