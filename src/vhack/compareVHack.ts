import { ConfigError } from "../errors.ts";
import { matMul, matrix, transpose, type Matrix } from "../numeric/matrix.ts";
import { thinSvd } from "../numeric/thinSvd.ts";
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
 * The sines keep the digits of small angles, which the arc cosine loses. With unequal row counts the smaller span is
 * measured against the larger.
 *
 * @throws ConfigError  the first module that one of them lacks, or knows at another width
 * @see Björck & Golub 1973, "Numerical methods for computing angles between linear subspaces"
 */
export function compareVHack(
  older: ReadonlyMap<string, HackDirections>,
  newer: ReadonlyMap<string, HackDirections>,
): ModuleComparison[] {
  for (const moduleName of newer.keys())
    if (!older.has(moduleName)) throw new ConfigError(`compareVHack: expected both files to hold ${moduleName}, got it in the newer one only`);
  return [...older].map(([moduleName, old]) => {
    const now = newer.get(moduleName);
    if (now === undefined) throw new ConfigError(`compareVHack: expected both files to hold ${moduleName}, got it in the older one only`);
    if (now.r !== old.r) throw new ConfigError(`compareVHack: expected r = ${old.r} for ${moduleName} in both, got r = ${now.r} in the newer one`);
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
  const [large, small] = a.rows >= b.rows ? [a, b] : [b, a];
  if (small.rows === 0) return new Float64Array(0);
  const overlap = matMul(small, transpose(large)); // [small.rows, large.rows]
  const within = matMul(overlap, large);
  const outside = matrix(small.rows, small.cols, small.data.map((value, i) => value - within.data[i]!));
  const cosines = thinSvd(overlap).s;
  const sines = thinSvd(outside).s;
  return cosines.map((cosine, i) => Math.atan2(sines[small.rows - 1 - i]!, cosine));
}

function nonZeroRows({ v, k, r }: HackDirections): Matrix {
  const rows = Array.from({ length: k }, (_, i) => Array.from(v.subarray(i * r, (i + 1) * r))).filter((row) => row.some((value) => value !== 0));
  return matrix(rows.length, r, rows.flat());
}

function signAgreement(old: HackDirections, now: HackDirections): number {
  const dots = Array.from({ length: Math.min(old.k, now.k) }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < old.r; j++) sum += old.v[i * old.r + j]! * now.v[i * old.r + j]!;
    return sum;
  }).filter((sum) => sum !== 0);
  return dots.filter((sum) => sum > 0).length / dots.length;
}
