import { ConfigError } from "../errors.ts";
import { matrix, type Matrix } from "../numeric/linalg/matrix.ts";
import { principalAngles } from "../numeric/linalg/principalAngles.ts";
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
 * Angles are those between the spans of the non-zero rows: see principalAngles.
 *
 * @throws ConfigError  the first module that one of them lacks, or knows at another width
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
