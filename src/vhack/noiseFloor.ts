import { ConfigError } from "../errors.ts";
import { quantile } from "../numeric/quantile.ts";
import type { HackDirections } from "./vHackFile.ts";

type Modules = ReadonlyMap<string, HackDirections>;

/**
 * The singular value under which the lowest fraction of all rows of all modules lies.
 *
 *     floor = quantile(all S, fraction)            linear interpolation, as numpy
 *
 * @throws ConfigError  fraction outside [0, 1), or a module's singular values are unknown
 */
export function noiseFloor(modules: Modules, fraction: number): number {
  if (!(fraction >= 0 && fraction < 1))
    throw new ConfigError(`noiseFloor: expected a fraction in [0, 1), got ${fraction}`);
  return quantile(
    [...modules].flatMap(([moduleName, directions]) => [...knownSingularValues(moduleName, directions)]),
    fraction,
  );
}

/**
 * Drop the lowest fraction of all rows over all modules: rows with s under noiseFloor(modules, fraction) become zero.
 *
 * A zero row never fires. S is kept, so the file tells what was dropped. Fraction 0 drops nothing.
 *
 * @throws ConfigError  as noiseFloor
 */
export function dropLowestRows(modules: Modules, fraction: number): Map<string, HackDirections> {
  const floor = noiseFloor(modules, fraction);
  return dropRows(modules, (value) => value < floor);
}

/**
 * Drop rows that are weak beside their module's first: rows with s_i / s_0 under the threshold become zero.
 *
 * @throws ConfigError  threshold outside [0, 1], or a module's singular values are unknown
 */
export function dropWeakRows(modules: Modules, threshold: number): Map<string, HackDirections> {
  if (!(threshold >= 0 && threshold <= 1))
    throw new ConfigError(`dropWeakRows: expected a threshold in [0, 1], got ${threshold}`);
  return dropRows(modules, (value, s) => value < threshold * s[0]!);
}

function dropRows(modules: Modules, isNoise: (value: number, s: Float64Array) => boolean): Map<string, HackDirections> {
  return new Map(
    [...modules].map(([moduleName, directions]) => {
      const s = knownSingularValues(moduleName, directions);
      const v = directions.v.slice();
      s.forEach((value, i) => {
        if (isNoise(value, s)) v.fill(0, i * directions.r, (i + 1) * directions.r);
      });
      return [moduleName, { ...directions, v }];
    }),
  );
}

function knownSingularValues(moduleName: string, { s }: HackDirections): Float64Array {
  if (s.some(Number.isNaN))
    throw new ConfigError(
      `noise floor: expected singular values S/${moduleName}, got none in the file; extract v_hack again or leave the floor out`,
    );
  return s;
}
