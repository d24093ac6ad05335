import { NonFiniteError, ShapeError } from "../errors.ts";
import { deviationUnit, mean } from "./moments.ts";
import { norm } from "./linalg/norm.ts";

export interface LineFit {
  /** infinite, or 0, where the quotient of the lists' sizes is beyond the doubles; the residuals are right there too */
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
  // each list in a power of two of its own size: nothing is rounded by it, and no product or quotient leaves the doubles
  const [unitX, unitY] = [deviationUnit(x), deviationUnit(y)];
  const dx = x.map((value) => (value - meanX) / unitX);
  const dy = y.map((value) => (value - meanY) / unitY);
  const [sizeX, sizeY] = [norm(dx), norm(dy)];
  const cosine = sizeX === 0 || sizeY === 0 ? 0 : dx.reduce((sum, d, i) => sum + (d / sizeX) * (dy[i]! / sizeY), 0);
  const slope = sizeX === 0 ? 0 : cosine * (sizeY / sizeX);
  const raw = dy.map((d, i) => d - slope * dx[i]!);
  const rounding = 8 * x.length * Number.EPSILON * (sizeY + Math.abs(meanY / unitY)) + 2 ** -1022 / unitY;
  const left = raw.every((residual) => Math.abs(residual) <= rounding) ? raw.map(() => 0) : raw;
  const share = norm(left) / (sizeY === 0 ? 1 : sizeY);
  return {
    slope: slope === 0 ? 0 : slope * (unitY / unitX),
    intercept: unitY * (meanY / unitY - slope * (meanX / unitX)),
    residuals: left.map((residual) => residual * unitY),
    rSquared: 1 - share * share,
  };
}
