import { NonFiniteError, ShapeError } from "../errors.ts";
import { mean } from "./moments.ts";
import { norm } from "./linalg/norm.ts";

export interface LineFit {
  readonly slope: number;
  readonly intercept: number;
  /** y minus the line, one per row. */
  readonly residuals: number[];
  /** Share of y's variance on the line; 1 when y is constant. */
  readonly rSquared: number;
}

/**
 * Ordinary least squares of y on x with an intercept.
 *
 *     slope = sum (x - mean x)(y - mean y) / sum (x - mean x)^2;   0 when x is constant
 *
 * Residuals that are rounding alone (below 8 n eps of y's size, or subnormal) are exact zeros: a planted line leaves nothing behind,
 * so no test downstream can find significance in rounding.
 *
 * @throws ShapeError      lists of different length, or fewer than two rows
 * @throws NonFiniteError  a value is NaN or infinite
 */
export function lineFit(x: readonly number[], y: readonly number[]): LineFit {
  if (x.length !== y.length || x.length < 2)
    throw new ShapeError(`lineFit: expected two lists of one length >= 2, got ${x.length} and ${y.length}`);
  for (const value of [...x, ...y])
    if (!Number.isFinite(value)) throw new NonFiniteError(`lineFit: expected finite values, got ${value}`);
  const [meanX, meanY] = [mean(x), mean(y)];
  const dx = x.map((value) => value - meanX);
  const dy = y.map((value) => value - meanY);
  const [sizeX, sizeY] = [norm(dx), norm(dy)];
  // unit deviations, so that the products neither underflow nor overflow
  const cosine = sizeX === 0 || sizeY === 0 ? 0 : dx.reduce((sum, d, i) => sum + (d / sizeX) * (dy[i]! / sizeY), 0);
  const slope = sizeX === 0 ? 0 : cosine * (sizeY / sizeX);
  const raw = dy.map((d, i) => d - slope * dx[i]!);
  const rounding = 8 * x.length * Number.EPSILON * (sizeY + Math.abs(meanY)) + 2 ** -1022;
  const residuals = raw.every((residual) => Math.abs(residual) <= rounding) ? raw.map(() => 0) : raw;
  const left = norm(residuals) / (sizeY === 0 ? 1 : sizeY);
  return { slope, intercept: meanY - slope * meanX, residuals, rSquared: 1 - left * left };
}
