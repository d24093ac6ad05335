import { escapeHtml } from "./escapeHtml.ts";
import { niceTicks } from "./niceTicks.ts";

export const plotWidth = 640;
export const plotHeight = 300;
const left = 64;
const right = 16;
const top = 14;
const bottom = 46;

/** Colours of the series, distinguishable also with red-green blindness (Okabe & Ito). */
export const seriesColours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"] as const;

/** Axes and the two scales from data to pixels. */
export interface PlotFrame {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly svg: string;
}

/** Axes with round ticks around the ranges of the data. */
export function plotFrame(
  xRange: readonly number[],
  yRange: readonly number[],
  xLabel: string,
  yLabel: string,
): PlotFrame {
  const xTicks = niceTicks(smallest(xRange), largest(xRange), 8);
  const yTicks = niceTicks(smallest(yRange), largest(yRange), 5);
  const x = scale(xTicks, left, plotWidth - right);
  const y = scale(yTicks, plotHeight - bottom, top);
  const xAxis = xTicks.map(
    (tick) => `<text x="${px(x(tick))}" y="${plotHeight - bottom + 16}" text-anchor="middle">${tick}</text>`,
  );
  const yAxis = yTicks.map(
    (tick) =>
      `<line x1="${left}" x2="${plotWidth - right}" y1="${px(y(tick))}" y2="${px(y(tick))}" class="grid"/>` +
      `<text x="${left - 6}" y="${px(y(tick) + 4)}" text-anchor="end">${tick}</text>`,
  );
  const labels =
    `<text x="${(left + plotWidth - right) / 2}" y="${plotHeight - 10}" text-anchor="middle">${escapeHtml(xLabel)}</text>` +
    `<text transform="rotate(-90)" x="${-(top + plotHeight - bottom) / 2}" y="14" text-anchor="middle">${escapeHtml(yLabel)}</text>`;
  return { x, y, svg: [...yAxis, ...xAxis, labels].join("") };
}

/** A pixel position with as many digits as a screen shows. */
export function px(value: number): string {
  return value.toFixed(1);
}

/** A whole drawing with its title for readers who cannot see it. */
export function svgOf(title: string, body: string): string {
  return `<svg viewBox="0 0 ${plotWidth} ${plotHeight}" role="img" aria-label="${escapeHtml(title)}">${body}</svg>`;
}

/** Names of the series with their colours. */
export function legend(names: readonly string[]): string {
  if (names.length < 2) return "";
  const entries = names.map(
    (name, i) => `<span style="color:${seriesColours[i % seriesColours.length]!}">&#9632;</span> ${escapeHtml(name)}`,
  );
  return `<div class="legend">${entries.join(" &nbsp; ")}</div>`;
}

function scale(ticks: readonly number[], from: number, to: number): (value: number) => number {
  const [low, high] = [ticks[0]!, ticks.at(-1)!];
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

function smallest(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}
