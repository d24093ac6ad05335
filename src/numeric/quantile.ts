import { NonFiniteError, ShapeError } from "../errors.ts";

/**
 * Quantile with linear interpolation between order statistics (numpy's default, Hyndman & Fan type 7).
 *
 *     h = (n - 1) q,   x_(floor h) + (h - floor h) (x_(floor h + 1) - x_(floor h))
 *
 * @param q  in [0, 1]
 * @throws ShapeError      no values, or q outside [0, 1]
 * @throws NonFiniteError  a value is NaN
 */
export function quantile(values: ArrayLike<number>, q: number): number {
  if (values.length === 0) throw new ShapeError("quantile: expected at least one value, got none");
  if (!(q >= 0 && q <= 1)) throw new ShapeError(`quantile: expected q in [0, 1], got ${q}`);
  const sorted = Float64Array.from(values).sort();
  if (Number.isNaN(sorted[sorted.length - 1])) throw new NonFiniteError("quantile: expected numbers, got NaN");
  const h = (sorted.length - 1) * q;
  const below = Math.floor(h);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return h === below ? low : low + (h - below) * (high - low);
}
