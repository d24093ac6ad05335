import type { Verdict } from "../uat/verdict.ts";
import { wrap } from "./wrap.ts";

const width = 100;
const columns = [4, 36, 42, 18] as const;

/** The gate's answer as plain text, 100 columns: one row per requirement, and below it what it rests on. */
export function verdictTable(verdicts: readonly Verdict[], conclusion: string): string {
  const rule = "-".repeat(width);
  const head = cells(["", "requirement", "measured", "verdict"]);
  const rows = verdicts.flatMap((verdict) => verdictLines(verdict));
  return [rule, head, rule, ...rows, rule, ...wrap(conclusion, width), ""].join("\n");
}

function verdictLines({ id, claim, headline, threshold, outcome, path, message }: Verdict): string[] {
  const measured = wrap(headline, columns[2] - 1);
  return [
    cells([id, claim, measured[0]!, outcome]),
    ...measured.slice(1).map((more) => cells(["", "", more, ""])),
    cells(["", threshold, path, ""]).trimEnd(),
    ...(message === "" ? [] : wrap(message, width - columns[0] - 2).map((line, i) => `${" ".repeat(columns[0])}${i === 0 ? "> " : "  "}${line}`)),
  ];
}

/** Notes of every requirement: figures that decide nothing, and conditions that do not hold. */
export function verdictNotes(verdicts: readonly Verdict[]): string {
  const label = 36;
  const lines = verdicts.flatMap(({ id, notes, conditions }) => [
    ...conditions
      .filter(({ holds }) => !holds)
      .map(({ name, value, relation, bound }) => ({ id, label: name, text: `${shown(value)}, must be ${relation} ${bound}` })),
    ...notes.map((note) => ({ id, label: note.label, text: note.text })),
  ]);
  return lines
    .flatMap((line) =>
      wrap(line.text, width - columns[0] - label).map((text, i) => (i === 0 ? line.id : "").padEnd(columns[0]) + (i === 0 ? line.label : "").padEnd(label) + text),
    )
    .join("\n");
}

function shown(value: number): string {
  return Number.isNaN(value) ? "not measured" : String(Number(value.toPrecision(4)));
}

function cells(texts: readonly [string, string, string, string]): string {
  return texts.map((text, i) => text.padEnd(columns[i]!)).join("").trimEnd();
}
