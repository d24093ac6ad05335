/**
 * Round axis positions covering [low, high]: multiples of 1, 2 or 5 times a power of ten, about `count` of them.
 *
 * A range of no width is widened by one to either side.
 */
export function niceTicks(low: number, high: number, count: number): number[] {
  if (!(high > low)) return niceTicks(low - 1, low + 1, count);
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10);
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}
