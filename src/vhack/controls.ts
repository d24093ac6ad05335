import { addScaled, dot } from "../numeric/linalg/blas1.ts";
import { randomUnitVector } from "../numeric/randomUnitVector.ts";
import type { Rng } from "../numeric/rng.ts";
import { shuffled } from "../numeric/shuffled.ts";
import { ConfigError } from "../errors.ts";
import type { Differences } from "./differences.ts";
import type { HackDirections } from "./vHackFile.ts";

/**
 * Negative control: random orthonormal directions of the same shape, uniform on the sphere.
 *
 * Zero rows stay zero, so the control fires on as many directions as what it is compared with. Singular values are kept
 * for the floors; they say nothing about these rows.
 */
export function randomDirections(like: ReadonlyMap<string, HackDirections>, rng: Rng): Map<string, HackDirections> {
  return new Map(
    [...like].map(([moduleName, directions]) => [
      moduleName,
      { ...directions, v: randomOrthonormalRows(directions, rng) },
    ]),
  );
}

/**
 * Negative control: half of the pairs, chosen by the seed, count their hack completion as the clean one.
 *
 *     d_i -> -d_i   for floor(nPairs / 2) of the pairs
 *
 * @throws ConfigError  fewer than two pairs: there is nothing to shuffle
 */
export function shuffledLabels(differences: Differences, rng: Rng): Differences {
  const { nPairs, data } = differences;
  if (nPairs < 2) throw new ConfigError(`shuffledLabels: expected at least two pairs, got ${nPairs}`);
  const size = data.length / nPairs;
  const order = shuffled(
    Array.from({ length: nPairs }, (_, i) => i),
    rng,
  );
  const flipped = new Set(order.slice(0, Math.floor(nPairs / 2)));
  return { ...differences, data: data.map((value, i) => (flipped.has(Math.floor(i / size)) ? -value : value)) };
}

/** Gram-Schmidt on random directions, each row twice, which leaves orthogonality at rounding. [k, r] */
function randomOrthonormalRows({ v, k, r }: HackDirections, rng: Rng): Float64Array {
  const rows = new Float64Array(k * r);
  for (let i = 0; i < k; i++) {
    if (v.subarray(i * r, (i + 1) * r).every((value) => value === 0)) continue;
    const row = rows.subarray(i * r, (i + 1) * r);
    row.set(randomUnitVector(r, rng));
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) addScaled(-dot(row, 0, rows, j * r, r), rows, j * r, row, 0, r);
      const length = Math.sqrt(dot(row, 0, row, 0, r));
      row.forEach((value, l) => (row[l] = value / length));
    }
  }
  return rows;
}
