import type { Figure } from "../uat/common/measurement.ts";
import { legend, plotFrame, px, seriesColours, svgOf } from "./plotFrame.ts";

/** Values over steps, one line per series. */
export function linesSvg({ title, xLabel, yLabel, series }: Extract<Figure, { kind: "lines" }>): string {
  const drawn = series.filter(({ points }) => points.length > 0);
  if (drawn.length === 0) return "<p>nothing recorded</p>";
  const points = drawn.flatMap((line) => line.points);
  const frame = plotFrame(
    points.map(([x]) => x),
    points.map(([, y]) => y),
    xLabel,
    yLabel,
  );
  const lines = drawn.map((line, i) => {
    const colour = seriesColours[i % seriesColours.length]!;
    const path = line.points.map(([x, y]) => `${px(frame.x(x))},${px(frame.y(y))}`).join(" ");
    const dots = line.points.map(
      ([x, y]) => `<circle cx="${px(frame.x(x))}" cy="${px(frame.y(y))}" r="2.2" fill="${colour}"/>`,
    );
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.6"/>${dots.join("")}`;
  });
  return svgOf(title, frame.svg + lines.join("")) + legend(drawn.map(({ name }) => name));
}
