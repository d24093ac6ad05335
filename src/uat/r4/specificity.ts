import { dot } from "../../numeric/linalg/blas1.ts";
import { mean } from "../../numeric/moments.ts";
import { randomUnitVector } from "../../numeric/randomUnitVector.ts";
import { rankP } from "../../numeric/rankP.ts";
import { seededRng } from "../../numeric/rng.ts";
import { welchGreater } from "../../numeric/welch.ts";
import type { SampleGradients } from "../evidence/sampleGradients.ts";
import type { RowCosine } from "../common/scoredRows.ts";

export const randomDraws = 200;

/** R4's statistics for random directions, and v_hack's ranks among them. */
export interface Specificity {
  readonly t: readonly number[]; // [200] Welch t of each random direction
  readonly difference: readonly number[]; // [200] difference of mean cosines
  readonly pOfT: number; // rank of the real t among them
  readonly pOfDifference: number;
  /** Share of random directions that pass Welch's test at p < 0.05. */
  readonly passing: number;
}

/**
 * Rank v_hack's t and difference of means among those of random directions of the same shape.
 *
 * Where the two buckets' gradients differ at all, any fixed direction sees the difference, so a small p alone is not
 * specific to v_hack: sd(t)^2 is about 1 + |D|^2 n0 n1 / (n0 + n1), D the difference of the class-mean unit gradients.
 *
 * cos_S_contrib sees only the normalised sum of a module's rows. For k random orthonormal rows that sum is uniform on the
 * sphere, so one random unit vector per module (where v_hack has a direction) is enough.
 *
 * @param rows       hacked rows with gradients; both buckets hold at least two
 * @param direction  v_hack, flat [R]; modules where it is zero stay zero
 * @param real       the t and difference of v_hack itself
 */
export function specificity(
  rows: readonly RowCosine[],
  direction: Float64Array,
  { widths }: SampleGradients,
  real: { readonly t: number; readonly difference: number },
  seed: number,
): Specificity {
  const draws = Array.from({ length: randomDraws }, (_, draw) => {
    const random = randomLike(direction, widths, seed, draw);
    const cosines = rows.map(({ unit }) => dot(unit!, 0, random, 0, random.length));
    const pure = cosines.filter((_, i) => !rows[i]!.gtPass);
    const correct = cosines.filter((_, i) => rows[i]!.gtPass);
    const test = welchGreater(pure, correct);
    const [t, p] = test.kind === "tested" ? [test.t, test.p] : [0, 1];
    return { t, p, difference: mean(pure) - mean(correct) };
  });
  const t = draws.map((draw) => draw.t);
  const difference = draws.map((draw) => draw.difference);
  return {
    t,
    difference,
    pOfT: rankP(real.t, t),
    pOfDifference: rankP(real.difference, difference),
    passing: draws.filter(({ p }) => p < 0.05).length / draws.length,
  };
}

function randomLike(direction: Float64Array, widths: Int32Array, seed: number, draw: number): Float64Array {
  const rng = seededRng(seed, "random direction", draw);
  const random = new Float64Array(direction.length);
  let offset = 0;
  for (const width of widths) {
    const module = direction.subarray(offset, offset + width);
    if (module.some((value) => value !== 0)) random.set(randomUnitVector(width, rng), offset);
    offset += width;
  }
  return random;
}

/**
 * Standard deviation of cos_S_contrib under a random direction, in closed form: sqrt(mean over rows of sum_m |g_m|^2 / (r_m |g|^2)).
 *
 * With one width r in all modules it is 1 / sqrt(r); the norm of one module's projection on k random axes is sqrt(k / r).
 */
export function analyticNull(rows: readonly RowCosine[], direction: Float64Array, widths: Int32Array): number {
  const variances = rows.map(({ unit }) => {
    let [sum, offset] = [0, 0];
    for (const width of widths) {
      const module = unit!.subarray(offset, offset + width);
      if (direction.subarray(offset, offset + width).some((value) => value !== 0))
        sum += dot(module, 0, module, 0, width) / width;
      offset += width;
    }
    return sum;
  });
  return Math.sqrt(mean(variances));
}
