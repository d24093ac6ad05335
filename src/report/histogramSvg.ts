import type { Figure } from "../uat/common/measurement.ts";
import { legend, plotFrame, px, seriesColours, svgOf } from "./plotFrame.ts";

const distributionBins = 24;

/** Overlaid histograms, each of area one, with a mark at each series' mean. */
export function distributionsSvg({ title, unit, series }: Extract<Figure, { kind: "distributions" }>): string {
  const drawn = series.filter(({ values }) => values.length > 0);
  if (drawn.length === 0) return "<p>nothing recorded</p>";
  const { edges, shares } = histogram(
    drawn.map(({ values }) => values),
    distributionBins,
  );
  const frame = plotFrame(edges, [0, ...shares.flat()], unit, "share of the bucket");
  const drawnBars = shares.map((counts, s) => bars(frame, edges, counts, seriesColours[s % seriesColours.length]!));
  const means = drawn.map(({ values }, s) => {
    const x = px(frame.x(values.reduce((sum, value) => sum + value / values.length, 0)));
    return `<line x1="${x}" x2="${x}" y1="${px(frame.y(0))}" y2="14" stroke="${seriesColours[s % seriesColours.length]!}" stroke-dasharray="5 3"/>`;
  });
  const names = drawn.map(({ name, values }) => `${name}, ${values.length} rows (dashed: mean)`);
  return svgOf(title, frame.svg + drawnBars.join("") + means.join("")) + legend(names);
}

function bars(
  frame: { x: (v: number) => number; y: (v: number) => number },
  edges: readonly number[],
  counts: readonly number[],
  colour: string,
): string {
  return counts
    .map((share, i) => {
      const [x, next, y] = [frame.x(edges[i]!), frame.x(edges[i + 1]!), frame.y(share)];
      return `<rect x="${px(x)}" y="${px(y)}" width="${px(next - x)}" height="${px(frame.y(0) - y)}" fill="${colour}" fill-opacity="0.45"/>`;
    })
    .join("");
}

const nullBins = 28;
/** Beyond this a score is an artefact of buckets without variance; drawn, it would flatten all others. */
const largestDrawn = 1e12;

/** Histogram of the scores of random directions, with the score of v_hack marked. */
export function nullSvg({ title, unit, draws, real }: Extract<Figure, { kind: "null" }>): string {
  const drawn = draws.filter((draw) => Math.abs(draw) < largestDrawn);
  if (drawn.length === 0 || !(Math.abs(real) < largestDrawn)) return `<p>nothing to draw below ${largestDrawn}</p>`;
  const { edges, shares } = histogram([drawn], nullBins);
  const frame = plotFrame([...edges, real], [0, ...shares[0]!], unit, "share of random directions");
  const x = px(frame.x(real));
  const mark =
    `<line x1="${x}" x2="${x}" y1="${px(frame.y(0))}" y2="14" stroke="${seriesColours[1]}" stroke-width="2"/>` +
    `<text x="${x}" y="11" text-anchor="middle" fill="${seriesColours[1]}">v_hack ${real.toPrecision(3)}</text>`;
  return svgOf(title, frame.svg + bars(frame, edges, shares[0]!, seriesColours[0]) + mark);
}

export interface Histogram {
  readonly edges: readonly number[]; // [bins + 1]
  readonly shares: readonly (readonly number[])[]; // per series, [bins], each series sums to 1
}

/** Histograms of several series over common bins of equal width; the last bin holds its upper edge. */
export function histogram(series: readonly (readonly number[])[], bins: number): Histogram {
  const all = series.flat();
  const low = all.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = all.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const width = high > low ? (high - low) / bins : 1;
  const start = high > low ? low : low - bins / 2;
  const edges = Array.from({ length: bins + 1 }, (_, i) => start + i * width);
  const shares = series.map((values) => {
    const counts = Array.from({ length: bins }, () => 0);
    for (const value of values) counts[Math.min(bins - 1, Math.floor((value - start) / width))]! += 1 / values.length;
    return counts;
  });
  return { edges, shares };
}
