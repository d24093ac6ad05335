import { wrap } from "./wrap.ts";

/** One row of a table as lines: every cell wrapped to its column, columns side by side, no trailing spaces. */
export function tableRow(texts: readonly string[], widths: readonly number[]): string[] {
  const cells = texts.map((text, column) => wrap(text, widths[column]! - 1));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    cells
      .map((lines, column) => (lines[line] ?? "").padEnd(widths[column]!))
      .join("")
      .trimEnd(),
  );
}
