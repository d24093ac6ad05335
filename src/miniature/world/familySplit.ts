import { shuffled } from "../../numeric/shuffled.ts";
import { seededRng } from "../../numeric/rng.ts";
import { families, type Family } from "./family.ts";

/** Who may see a family. */
export type Split = "training" | "pool" | "pairs" | "heldout";

/** Families per split; the student's training gets all others. */
const splitSizes = { pool: 20, pairs: 10, heldout: 10 } as const;

/**
 * Every family in exactly one split.
 *
 * Families are compositions, so a split can be disjoint and still answerable: each aggregate, map and condition of a
 * pool family occurs in training families, in other company. A split that takes a part from training altogether would
 * make families unanswerable; it is redrawn.
 */
export function familySplit(seed: number): ReadonlyMap<Split, readonly Family[]> {
  for (let attempt = 0; ; attempt++) {
    const split = drawnSplit(seed, attempt);
    if (coversAllParts(split.get("training")!)) return split;
  }
}

function drawnSplit(seed: number, attempt: number): Map<Split, readonly Family[]> {
  const order = shuffled(families, seededRng(seed, "miniature", "family split", attempt));
  const split = new Map<Split, readonly Family[]>();
  let taken = 0;
  for (const name of ["pool", "pairs", "heldout"] as const) {
    split.set(name, order.slice(taken, taken + splitSizes[name]));
    taken += splitSizes[name];
  }
  return split.set("training", order.slice(taken));
}

/** Each pair (aggregate, map) and (map, condition) that exists at all occurs in training. */
function coversAllParts(training: readonly Family[]): boolean {
  const parts = (of: readonly Family[]) =>
    new Set(
      of.flatMap(({ aggregate, map, filter }) => [`aggregate ${aggregate} map ${map}`, `map ${map} filter ${filter}`]),
    );
  return parts(training).size === parts(families).size;
}
