import { ShapeError } from "../errors.ts";

/** Two-sided 95% normal quantile. */
const z = 1.959963984540054;

/**
 * 95% interval of a proportion.
 *
 *     (p + z^2/2n -+ z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n)
 *
 * @throws ShapeError  not 0 <= successes <= n, or n < 1
 * @see Wilson 1927; it assumes independent rows, which rollouts of one problem are not
 */
export function wilsonInterval(successes: number, n: number): readonly [low: number, high: number] {
  if (!(n >= 1 && successes >= 0 && successes <= n))
    throw new ShapeError(`wilsonInterval: expected 0 <= successes <= n and n >= 1, got ${successes} of ${n}`);
  const p = successes / n;
  const centre = p + (z * z) / (2 * n);
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return [Math.max(0, (centre - half) / scale), Math.min(1, (centre + half) / scale)];
}
