import { NonFiniteError } from "../../errors.ts";
import type { Bidiagonal } from "./bidiagonalise.ts";
import type { Matrix } from "./matrix.ts";
import { RotationQueue } from "./rotationQueue.ts";

const epsilon = 2 ** -52;
const maxSweepsPerValue = 60;

/**
 * Diagonalise a bidiagonal matrix in place by implicitly shifted QR sweeps (Golub-Kahan).
 *
 *     Q B Pᵀ  ->  (Q L) diag(s) (P R)ᵀ
 *
 * Afterwards `diagonal` holds the singular values, non-negative and unsorted; row i of `qt` and `pt` the i-th vectors.
 * Accurate to a few epsilon times the largest singular value.
 *
 * @throws NonFiniteError  a sweep count that only non-finite entries can reach
 * @see LINPACK dsvdc; Golub and Van Loan, Matrix Computations, 4th ed., section 8.6.3
 */
export function bidiagonalSvd({ diagonal: d, superdiagonal: e, qt, pt }: Bidiagonal): void {
  const left = new RotationQueue(qt);
  const right = new RotationQueue(pt);
  const floor = 2 ** -8 * epsilon * d.reduce((most, value, i) => Math.max(most, Math.abs(value), Math.abs(e[i]!)), 0);
  let sweeps = 0;
  for (let end = d.length; end > 0;) {
    const start = activeStart(d, e, end, floor);
    if (start === end - 1) {
      end -= 1;
      sweeps = 0;
      continue;
    }
    const zero = negligibleDiagonal(d, e, start, end, floor);
    if (zero === end - 1) chaseUp(d, e, start, end, right);
    else if (zero >= 0) chaseDown(d, e, zero, end, left);
    else shiftedSweep(d, e, start, end, left, right);
    if (++sweeps > maxSweepsPerValue)
      throw new NonFiniteError(
        `bidiagonalSvd: expected convergence within ${maxSweepsPerValue} sweeps, got none at value ${end - 1} of ${d.length}`,
      );
  }
  left.apply();
  right.apply();
  makeNonNegative(d, pt);
}

/** First index of the block that ends at `end` and has no negligible superdiagonal entry; such entries become 0. */
function activeStart(d: Float64Array, e: Float64Array, end: number, floor: number): number {
  for (let k = end - 2; k >= 0; k--) {
    if (Math.abs(e[k]!) > floor + epsilon * (Math.abs(d[k]!) + Math.abs(d[k + 1]!))) continue;
    e[k] = 0;
    return k + 1;
  }
  return 0;
}

/** Last index in the block whose diagonal entry is negligible (it becomes 0), or -1. */
function negligibleDiagonal(d: Float64Array, e: Float64Array, start: number, end: number, floor: number): number {
  for (let k = end - 1; k >= start; k--) {
    const neighbours = (k < end - 1 ? Math.abs(e[k]!) : 0) + (k > start ? Math.abs(e[k - 1]!) : 0);
    if (Math.abs(d[k]!) > floor + epsilon * neighbours) continue;
    d[k] = 0;
    return k;
  }
  return -1;
}

/** d[end - 1] = 0: rotate its superdiagonal entry up and out of the block. */
function chaseUp(d: Float64Array, e: Float64Array, start: number, end: number, right: RotationQueue): void {
  let f = e[end - 2]!;
  e[end - 2] = 0;
  for (let j = end - 2; j >= start; j--) {
    const t = length(d[j]!, f);
    const [cosine, sine] = [d[j]! / t, f / t];
    d[j] = t;
    if (j > start) {
      f = -sine * e[j - 1]!;
      e[j - 1]! *= cosine;
    }
    right.push(j, end - 1, cosine, sine);
  }
}

/** d[zero] = 0: rotate its superdiagonal entry right and out of the block. */
function chaseDown(d: Float64Array, e: Float64Array, zero: number, end: number, left: RotationQueue): void {
  let f = e[zero]!;
  e[zero] = 0;
  for (let j = zero + 1; j < end; j++) {
    const t = length(d[j]!, f);
    const [cosine, sine] = [d[j]! / t, f / t];
    d[j] = t;
    f = -sine * e[j]!;
    e[j]! *= cosine;
    left.push(j, zero, cosine, sine);
  }
}

function shiftedSweep(
  d: Float64Array,
  e: Float64Array,
  start: number,
  end: number,
  left: RotationQueue,
  right: RotationQueue,
): void {
  let f = firstBulge(d, e, start, end);
  let g = (d[start]! / scaleOf(d, e, start, end)) * (e[start]! / scaleOf(d, e, start, end));
  for (let j = start; j < end - 1; j++) {
    let t = length(f, g);
    let cosine = f / t;
    let sine = g / t;
    if (j > start) e[j - 1] = t;
    f = cosine * d[j]! + sine * e[j]!;
    e[j] = cosine * e[j]! - sine * d[j]!;
    g = sine * d[j + 1]!;
    d[j + 1]! *= cosine;
    right.push(j, j + 1, cosine, sine);
    t = length(f, g);
    cosine = f / t;
    sine = g / t;
    d[j] = t;
    f = cosine * e[j]! + sine * d[j + 1]!;
    d[j + 1] = cosine * d[j + 1]! - sine * e[j]!;
    g = sine * e[j + 1]!;
    e[j + 1]! *= cosine;
    left.push(j, j + 1, cosine, sine);
  }
  e[end - 2] = f;
}

/** The first entry of (BᵀB - shift I) e_start, up to scale; the shift is the eigenvalue of its last 2 x 2 block nearest to the last entry. */
function firstBulge(d: Float64Array, e: Float64Array, start: number, end: number): number {
  const scale = scaleOf(d, e, start, end);
  const last = d[end - 1]! / scale;
  const before = d[end - 2]! / scale;
  const between = e[end - 2]! / scale;
  const b = ((before + last) * (before - last) + between * between) / 2;
  const c = last * between * (last * between);
  const root = Math.sqrt(b * b + c);
  const shift = b === 0 && c === 0 ? 0 : c / (b + (b < 0 ? -root : root));
  const first = d[start]! / scale;
  return (first + last) * (first - last) + shift;
}

function scaleOf(d: Float64Array, e: Float64Array, start: number, end: number): number {
  return Math.max(
    Math.abs(d[end - 1]!),
    Math.abs(d[end - 2]!),
    Math.abs(e[end - 2]!),
    Math.abs(d[start]!),
    Math.abs(e[start]!),
  );
}

function makeNonNegative(d: Float64Array, pt: Matrix): void {
  for (let i = 0; i < d.length; i++) {
    if (d[i]! >= 0) continue;
    d[i] = -d[i]!;
    for (let l = i * pt.cols; l < (i + 1) * pt.cols; l++) pt.data[l] = -pt.data[l]!;
  }
}

/** sqrt(x² + y²) > 0, without underflow. */
function length(x: number, y: number): number {
  const t = Math.sqrt(x * x + y * y);
  return t > 2 ** -480 ? t : Math.max(Math.hypot(x, y), Number.MIN_VALUE);
}
