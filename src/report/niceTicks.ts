/**
 * Round axis positions covering [low, high]: multiples of 1, 2 or 5 times a power of ten, about `count` of them.
 *
 * A range whose ends agree in twelve digits is widened to either side, by one or by half its size.
 */
export function niceTicks(low: number, high: number, count: number): number[] {
  const size = Math.max(Math.abs(low), Math.abs(high));
  const margin = Math.max(1, size / 2);
  if (!(high - low > 1e-9 * size && high - low > 1e-300)) return niceTicks(low - margin, high + margin, count);
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10);
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}
