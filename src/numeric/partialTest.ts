import { ShapeError } from "../errors.ts";
import { lineFit } from "./lineFit.ts";
import { norm } from "./linalg/norm.ts";
import { studentTail } from "./studentTail.ts";

/** t is infinite when label and covariate explain the values exactly. */
export type PartialResult =
  | {
      readonly kind: "tested";
      readonly t: number;
      readonly df: number;
      readonly p: number;
      readonly difference: number;
    }
  /** Fewer than four rows, or one of the two labels is absent. */
  | { readonly kind: "tooFew" }
  /** The label is a straight line in the covariate: their effects cannot be told apart. */
  | { readonly kind: "collinear" }
  /** Nothing is left of the values beside the covariate: 0 / 0. */
  | { readonly kind: "noVariance" };

/**
 * One-sided t-test that labelled values are larger at equal covariate.
 *
 *     y = b0 + b1 label + b2 x + noise,   t = b1 / se(b1),   df = n - 3
 *
 * Computed by regressing x out of both y and label (Frisch-Waugh-Lovell), so an effect of the label is neither credited
 * to x nor hidden by it. Assumes equal noise in both labels.
 *
 * @throws ShapeError      the lists differ in length
 * @throws NonFiniteError  a value is NaN or infinite
 * @see Lovell 1963; Greene, Econometric Analysis, section 3.3
 */
export function partialGreater(y: readonly number[], labels: readonly boolean[], x: readonly number[]): PartialResult {
  const n = y.length;
  if (labels.length !== n || x.length !== n)
    throw new ShapeError(`partialGreater: expected lists of one length, got ${n}, ${labels.length}, ${x.length}`);
  if (n < 4 || new Set(labels).size < 2) return { kind: "tooFew" };
  const left = lineFit(x, y).residuals;
  const d = lineFit(x, labels.map(Number)).residuals;
  const [sizeD, sizeY] = [norm(d), norm(left)];
  if (sizeD < 1e-7 * Math.sqrt(n)) return { kind: "collinear" };
  if (sizeY === 0) return { kind: "noVariance" };
  const cosine = d.reduce((sum, value, i) => sum + (value / sizeD) * (left[i]! / sizeY), 0);
  // t from the partial correlation: no difference of nearly equal sums of squares
  const unexplained = norm(left.map((value, i) => value / sizeY - cosine * (d[i]! / sizeD)));
  const df = n - 3;
  const t =
    unexplained < 8 * n * Number.EPSILON
      ? Math.sign(cosine) * Number.POSITIVE_INFINITY
      : (cosine / unexplained) * Math.sqrt(df);
  return { kind: "tested", t, df, p: studentTail(t, df), difference: cosine * (sizeY / sizeD) };
}
