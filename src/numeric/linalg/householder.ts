import { addScaled, dot } from "./blas1.ts";

/** Below this norm (of data scaled to at most 1) a vector is zero: its square would underflow. */
const negligible = 2 ** -480;

/**
 * Make the reflector that maps a stretch onto its first axis.
 *
 *     H = I - tau v vᵀ,   H x = [alpha, 0, ..., 0],   alpha = -sign(x_0) |x|
 *
 * x is overwritten by v. A negligible x gives tau 0 (H = I) and is not touched.
 */
export function makeReflector(x: Float64Array, start: number, length: number): { tau: number; alpha: number } {
  const norm = Math.sqrt(dot(x, start, x, start, length));
  const first = x[start]!;
  if (norm < negligible || length === 1) return { tau: 0, alpha: first };
  const alpha = first < 0 ? norm : -norm;
  x[start] = first - alpha;
  return { tau: 1 / (norm * (norm + Math.abs(first))), alpha };
}

/** Reflect a stretch: y -= tau (v · y) v. */
export function reflect(
  tau: number,
  v: Float64Array,
  vStart: number,
  y: Float64Array,
  yStart: number,
  length: number,
): void {
  if (tau !== 0) addScaled(-tau * dot(v, vStart, y, yStart, length), v, vStart, y, yStart, length);
}
