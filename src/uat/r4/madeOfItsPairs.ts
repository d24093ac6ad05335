import { mean } from "../../numeric/moments.ts";
import { norm } from "../../numeric/linalg/norm.ts";
import type { PairMeans } from "../../vhack/pairMeansFile.ts";
import type { VHack } from "../../vhack/vHackFile.ts";
import type { Reading } from "../evidence/evidence.ts";
import type { Bound } from "../common/bound.ts";
import type { Condition, Note } from "../common/measurement.ts";

/** A mean direction is its pairs' mean difference up to float32; rows of an SVD are oriented by the pairs' majority. */
const leastCosine: Readonly<Record<PairFigures["direction"], Bound>> = {
  mean: { relation: "at least", bound: 0.999 },
  svd: { relation: "more than", bound: 0 },
};

/** Mean over modules of v_hack's cosine with three directions that its pairs give. */
interface PairCosines {
  readonly difference: number; // hack minus clean: what v_hack should be
  readonly hack: number;
  readonly clean: number;
}

/** v_hack against the mean gradients of its pairs. */
export interface PairFigures {
  readonly cosines: PairCosines;
  readonly areItsOwn: boolean; // the pairs of which v_hack was made, by their hash
  readonly direction: "mean" | "svd";
}

export function pairFigures(vHack: VHack, means: PairMeans): PairFigures {
  return {
    cosines: pairCosines(vHack, means),
    areItsOwn: vHack.metadata["pairs_sha256"] === means.metadata["pairs_sha256"],
    direction: vHack.metadata["direction"] === "mean" ? "mean" : "svd",
  };
}

/**
 * v_hack must be made of its pairs' differences, hack minus clean, and not of their sums, shuffles or something else.
 *
 * R4 alone cannot show this: where wrong bodies have larger gradients, the mean gradient of any completion passes Welch's
 * test and the ranks too (t 7.3, p_rand 0.015 in the miniature, though its cosine with the difference is -0.39).
 *
 *     direction mean:  v_m is the difference of the means, normalised         cosine >= 0.999
 *     direction svd:   v_m is oriented by the pairs' majority                 cosine > 0
 */
export function madeOfItsPairs({ cosines, areItsOwn, direction }: PairFigures): Condition {
  const { difference, hack, clean } = cosines;
  return {
    name: "cosine of v_hack with its pairs' mean difference",
    value: areItsOwn ? difference : Number.NaN,
    ...leastCosine[direction],
    decides: "pass",
    cause:
      `v_hack is not its pairs' hack minus clean: cosine ${difference.toFixed(2)} with that, ${hack.toFixed(2)} with the hack completions, ` +
      `${clean.toFixed(2)} with the clean ones: the direction toward any completion, shuffled labels, or another file's pairs`,
  };
}

export function pairNote(pairs: Reading<PairFigures>): Note {
  const label = "v_hack against its pairs";
  if (pairs.kind !== "found") return { label, text: `not checked: ${pairs.path} is absent`, values: {} };
  const { cosines } = pairs.value;
  const text = `cosine ${cosines.difference.toFixed(3)} with hack minus clean, ${cosines.hack.toFixed(3)} with hack, ${cosines.clean.toFixed(3)} with clean`;
  return { label, text, values: { ...cosines } };
}

/** Means over the modules that have a direction. Under the contrastive loss the clean gradient carries its advantage -1 already. */
function pairCosines({ modules, metadata }: VHack, means: PairMeans): PairCosines {
  const sign = metadata["loss"] === "grpo" ? 1 : -1;
  const found: PairCosines[] = [];
  for (const [name, { v, k, r }] of modules) {
    const pair = means.modules.get(name);
    const direction = Float64Array.from({ length: r }, (_, j) => sumOfRows(v, k, r, j));
    if (pair === undefined || norm(direction) === 0) continue;
    const difference = pair.hack.map((value, j) => value + sign * pair.clean[j]!);
    found.push({
      difference: cosine(direction, difference),
      hack: cosine(direction, pair.hack),
      clean: cosine(direction, pair.clean),
    });
  }
  const average = (value: (one: PairCosines) => number) => mean(found.map(value));
  return {
    difference: average((one) => one.difference),
    hack: average((one) => one.hack),
    clean: average((one) => one.clean),
  };
}

function sumOfRows(v: ArrayLike<number>, k: number, r: number, j: number): number {
  let sum = 0;
  for (let i = 0; i < k; i++) sum += v[i * r + j]!;
  return sum;
}

/** Of a direction that is not zero; 0 where the other vanishes, or where they are not of one module. */
function cosine(direction: Float64Array, towards: ArrayLike<number>): number {
  const [length, size] = [norm(direction), norm(towards)];
  if (size === 0 || direction.length !== towards.length) return 0;
  return direction.reduce((sum, value, j) => sum + (value / length) * (towards[j]! / size), 0);
}
