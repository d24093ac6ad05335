/**
 * A table as text: a head, a rule, the rows. Columns are as wide as their widest cell, the first flush left, the others
 * flush right.
 */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd();
  const rule = "-".repeat(line(widths.map((width) => "-".repeat(width))).length);
  return [line(head), rule, ...rows.map(line)].join("\n");
}

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

/** Break text into lines of at most `width` characters at spaces; a longer word gets its own line, unbroken. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
