import { ShapeError } from "../errors.ts";
import type { Rng } from "./rng.ts";
import { rowsByKey } from "./rowsByKey.ts";
import { shuffled } from "./shuffled.ts";

export interface PermutationTest {
  /** (1 + draws at least as large as the observed sum) / (1 + draws). */
  readonly p: number;
  readonly draws: number;
  /** Groups that hold both labels; the others cannot speak. With none, p is 1. */
  readonly informativeGroups: number;
}

/**
 * One-sided permutation test of "labelled values are larger", labels permuted within their groups only.
 *
 *     statistic = sum of the labelled values, each minus its group's mean
 *
 * With the groups' label counts fixed this orders the permutations as the difference of means does. Under
 * exchangeability within groups, P(p <= alpha) <= alpha for every alpha, whatever the values' distribution and however
 * the groups differ. Sums equal up to rounding count as ties, that is, against the claim.
 *
 * @param values  one finite number per row
 * @param labels  the rows whose values should be larger
 * @param groups  rows with the same key are exchangeable under the null
 * @throws ShapeError  the three lists differ in length
 * @see Phipson & Smyth 2010, Permutation p-values should never be zero
 */
export function withinGroupPermutation(
  values: readonly number[],
  labels: readonly boolean[],
  groups: readonly (number | string)[],
  draws: number,
  rng: Rng,
): PermutationTest {
  if (labels.length !== values.length || groups.length !== values.length)
    throw new ShapeError(
      `withinGroupPermutation: expected lists of one length, got ${values.length} values, ${labels.length} labels, ${groups.length} groups`,
    );
  const informative = centredGroups(values, labels, groups).filter(({ labelled }) => labelled.size > 1);
  const observed = informative.reduce((sum, { deviations, marks }) => sum + labelledSum(deviations, marks), 0);
  const tie = 4 * Number.EPSILON * values.reduce((sum, value) => sum + Math.abs(value), 0);
  let atLeast = 0;
  for (let draw = 0; draw < draws; draw++) {
    let sum = 0;
    for (const { deviations, marks } of informative) sum += labelledSum(deviations, shuffled(marks, rng));
    if (sum >= observed - tie) atLeast++;
  }
  return { p: (1 + atLeast) / (1 + draws), draws, informativeGroups: informative.length };
}

function labelledSum(deviations: readonly number[], marks: readonly boolean[]): number {
  return deviations.reduce((sum, deviation, i) => (marks[i] ? sum + deviation : sum), 0);
}

function centredGroups(values: readonly number[], labels: readonly boolean[], groups: readonly (number | string)[]) {
  return [...rowsByKey(groups).values()].map((rows) => {
    const mean = rows.reduce((sum, row) => sum + values[row]!, 0) / rows.length;
    const marks = rows.map((row) => labels[row]!);
    return { deviations: rows.map((row) => values[row]! - mean), marks, labelled: new Set(marks) };
  });
}
