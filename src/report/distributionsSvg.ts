import type { Figure } from "../uat/common/measurement.ts";
import { histogram } from "./histogram.ts";
import { legend, plotFrame, px, seriesColours, svgOf } from "./plotFrame.ts";

const bins = 24;

/** Overlaid histograms, each of area one, with a mark at each series' mean. */
export function distributionsSvg({ title, unit, series }: Extract<Figure, { kind: "distributions" }>): string {
  const drawn = series.filter(({ values }) => values.length > 0);
  if (drawn.length === 0) return "<p>nothing recorded</p>";
  const { edges, shares } = histogram(
    drawn.map(({ values }) => values),
    bins,
  );
  const frame = plotFrame(edges, [0, ...shares.flat()], unit, "share of the bucket");
  const bars = shares.map((counts, s) => bucketBars(frame, edges, counts, seriesColours[s % seriesColours.length]!));
  const means = drawn.map(({ values }, s) => {
    const x = px(frame.x(values.reduce((sum, value) => sum + value / values.length, 0)));
    return `<line x1="${x}" x2="${x}" y1="${px(frame.y(0))}" y2="14" stroke="${seriesColours[s % seriesColours.length]!}" stroke-dasharray="5 3"/>`;
  });
  const names = drawn.map(({ name, values }) => `${name}, ${values.length} rows (dashed: mean)`);
  return svgOf(title, frame.svg + bars.join("") + means.join("")) + legend(names);
}

function bucketBars(
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
