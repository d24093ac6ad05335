import type { Figure } from "../uat/common/measurement.ts";
import { histogram } from "./histogram.ts";
import { plotFrame, px, seriesColours, svgOf } from "./plotFrame.ts";

const bins = 28;
/** Beyond this a score is an artefact of buckets without variance; drawn, it would flatten all others. */
const largestDrawn = 1e12;

/** Histogram of what directions that know nothing score, with the real score marked. */
export function nullSvg({ title, unit, draws, real }: Extract<Figure, { kind: "null" }>): string {
  const drawn = draws.filter((draw) => Math.abs(draw) < largestDrawn);
  if (drawn.length === 0 || !(Math.abs(real) < largestDrawn)) return `<p>nothing to draw below ${largestDrawn}</p>`;
  const { edges, shares } = histogram([drawn], bins);
  const frame = plotFrame([...edges, real], [0, ...shares[0]!], unit, "share of random directions");
  const bars = shares[0]!.map((share, i) => {
    const [x, next, y] = [frame.x(edges[i]!), frame.x(edges[i + 1]!), frame.y(share)];
    return `<rect x="${px(x)}" y="${px(y)}" width="${px(next - x)}" height="${px(frame.y(0) - y)}" fill="${seriesColours[0]}" fill-opacity="0.45"/>`;
  });
  const x = px(frame.x(real));
  const mark =
    `<line x1="${x}" x2="${x}" y1="${px(frame.y(0))}" y2="14" stroke="${seriesColours[1]}" stroke-width="2"/>` +
    `<text x="${x}" y="11" text-anchor="middle" fill="${seriesColours[1]}">v_hack ${real.toPrecision(3)}</text>`;
  return svgOf(title, frame.svg + bars.join("") + mark);
}
