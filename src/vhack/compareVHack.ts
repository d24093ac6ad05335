import { ConfigError } from "../errors.ts";
import { matMul, matrix, transpose, type Matrix } from "../numeric/linalg/matrix.ts";
import { thinSvd } from "../numeric/linalg/thinSvd.ts";
import type { HackDirections } from "./vHackFile.ts";

/** How one module's directions changed. */
export interface ModuleComparison {
  readonly moduleName: string;
  readonly anglesRadians: Float64Array; // principal angles between the spans, ascending, 0..pi/2
  readonly signAgreement: number; // share of rows i, non-zero in both, with <old_i, new_i> > 0; NaN when there is none
  readonly singularRatios: Float64Array; // s_new / s_old per row that both have; NaN where unknown or 0 / 0
}

/**
 * Compare two v_hack of the same modules.
 *
 *     cosines = singular values of Q_old Q_newᵀ            Q = non-zero rows, orthonormal
 *     sines   = singular values of Q_new (1 - Q_oldᵀ Q_old)
 *     angle_i = atan2(sine_i, cosine_i)
 *
 * The sines keep the digits of small angles, which the arc cosine loses. With unequal row counts there are as many angles
 * as the smaller span has rows; sines beyond those are 1.
 *
 * @throws ConfigError  the first module that one of them lacks, or knows at another width
 * @see Björck & Golub 1973, "Numerical methods for computing angles between linear subspaces"
 */
export function compareVHack(
  older: ReadonlyMap<string, HackDirections>,
  newer: ReadonlyMap<string, HackDirections>,
): ModuleComparison[] {
  for (const moduleName of newer.keys())
    if (!older.has(moduleName))
      throw new ConfigError(`compareVHack: expected both files to hold ${moduleName}, got it in the newer one only`);
  return [...older].map(([moduleName, old]) => {
    const now = newer.get(moduleName);
    if (now === undefined)
      throw new ConfigError(`compareVHack: expected both files to hold ${moduleName}, got it in the older one only`);
    if (now.r !== old.r)
      throw new ConfigError(
        `compareVHack: expected r = ${old.r} for ${moduleName} in both, got r = ${now.r} in the newer one`,
      );
    return {
      moduleName,
      anglesRadians: principalAngles(nonZeroRows(old), nonZeroRows(now)),
      signAgreement: signAgreement(old, now),
      singularRatios: Float64Array.from({ length: Math.min(old.k, now.k) }, (_, i) => now.s[i]! / old.s[i]!),
    };
  });
}

/** Ascending; as many as the smaller span has dimensions. */
export function principalAngles(a: Matrix, b: Matrix): Float64Array {
  const overlap = matMul(b, transpose(a)); // [b.rows, a.rows]
  const within = matMul(overlap, a);
  const outside = matrix(
    b.rows,
    b.cols,
    b.data.map((value, i) => value - within.data[i]!),
  );
  const cosines = thinSvd(overlap).s;
  const sines = thinSvd(outside).s;
  return cosines.map((cosine, i) => Math.atan2(sines[b.rows - 1 - i]!, cosine));
}

const isNonZero = (row: readonly number[]) => row.some((value) => value !== 0);

function rowsOf({ v, k, r }: HackDirections): number[][] {
  return Array.from({ length: k }, (_, i) => Array.from(v.subarray(i * r, (i + 1) * r)));
}

function nonZeroRows(directions: HackDirections): Matrix {
  const rows = rowsOf(directions).filter(isNonZero);
  return matrix(rows.length, directions.r, rows.flat());
}

function signAgreement(old: HackDirections, now: HackDirections): number {
  const present = rowsOf(now);
  const dots = rowsOf(old).flatMap((before, i) => {
    const after = present[i] ?? [];
    return isNonZero(before) && isNonZero(after) ? [before.reduce((sum, value, j) => sum + value * after[j]!, 0)] : [];
  });
  return dots.filter((sum) => sum > 0).length / dots.length;
}
