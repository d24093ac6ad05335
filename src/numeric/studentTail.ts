import { NonFiniteError } from "../errors.ts";

/**
 * Upper tail of Student's t distribution: P(T > t) with df degrees of freedom.
 *
 *     P(T > t) = I_x(df/2, 1/2) / 2,   x = df / (df + t^2),   t >= 0;   P(T > -t) = 1 - P(T > t)
 *
 * I_x is evaluated as x^a (1-x)^b / (a B(a, b)) times a continued fraction, the prefactor in logarithms, so the tail
 * keeps its relative accuracy until it underflows near 1e-308: 1e-14 for df up to 1e3, 6e-13 at 5e4, 2e-9 at 1e8
 * (against 60-digit arithmetic).
 *
 * @param df  degrees of freedom, > 0, not necessarily an integer
 * @throws NonFiniteError  t is NaN, or df is not a positive finite number
 * @see Numerical Recipes 6.4 (modified Lentz); DLMF 8.17.22
 */
export function studentTail(t: number, df: number): number {
  if (Number.isNaN(t) || !Number.isFinite(df) || df <= 0)
    throw new NonFiniteError(`studentTail: expected a number t and a positive finite df, got t ${t}, df ${df}`);
  if (t < 0) return 1 - studentTail(-t, df);
  if (t === Number.POSITIVE_INFINITY) return 0;
  const ratio = t * (t / df);
  const logX = -Math.log1p(ratio);
  const log1mX = ratio > 1 ? -Math.log1p(1 / ratio) : Math.log(ratio) - Math.log1p(ratio);
  return tailFromLogs(df / 2, logX, log1mX);
}

/** I_x(a, 1/2) / 2 from log x and log (1 - x). */
function tailFromLogs(a: number, logX: number, log1mX: number): number {
  const b = 0.5;
  const x = Math.exp(logX);
  const logFront = a * logX + b * log1mX - logBetaHalf(a);
  if (x < (a + 1) / (a + b + 2)) return (0.5 * Math.exp(logFront) * betaFraction(a, b, x)) / a;
  // I_x(a, b) = 1 - I_{1-x}(b, a): the tail is large here, nothing cancels
  return 0.5 * (1 - (Math.exp(logFront) * betaFraction(b, a, Math.exp(log1mX))) / b);
}

/**
 * log B(a, 1/2) = log Gamma(1/2) - log (Gamma(a + 1/2) / Gamma(a)).
 *
 * The ratio by its own asymptotic series (no difference of two large logarithms), after moving a above 20.
 * @see DLMF 5.11.13; first omitted term 31 / (18432 a^9) < 4e-15
 */
function logBetaHalf(a: number): number {
  let shift = 0;
  let z = a;
  for (; z < 20; z++) shift += Math.log(z / (z + 0.5));
  const w = 1 / (z * z);
  const series = (-1 / 8 + w * (1 / 192 + w * (-1 / 640 + (w * 17) / 14336))) / z;
  return 0.5 * Math.log(Math.PI) - (0.5 * Math.log(z) + series + shift);
}

/** The continued fraction of I_x(a, b), modified Lentz. It converges in O(sqrt(max(a, b))) steps where x < (a+1)/(a+b+2). */
function betaFraction(a: number, b: number, x: number): number {
  const tiny = 1e-300;
  const awayFromZero = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  const steps = 200 + 20 * Math.sqrt(a + b);
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= steps; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    const factor = d * c;
    fraction *= factor;
    if (Math.abs(factor - 1) < 2 ** -52) return fraction;
  }
  throw new NonFiniteError(`studentTail: the continued fraction did not settle for a ${a}, b ${b}, x ${x}`);
}
