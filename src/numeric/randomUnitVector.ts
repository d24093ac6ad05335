import type { Rng } from "./rng.ts";

/**
 * A direction uniform on the unit sphere in r dimensions: normal draws, normalised.
 *
 * It is also the distribution of (row_1 + ... + row_k) / sqrt(k) for k random orthonormal rows.
 */
export function randomUnitVector(r: number, rng: Rng): Float64Array {
  const vector = Float64Array.from({ length: r }, () => rng.normal());
  let squares = 0;
  for (const x of vector) squares += x * x;
  const length = Math.sqrt(squares);
  return length === 0 ? randomUnitVector(r, rng) : vector.map((x) => x / length);
}
