import type { Verdict } from "../uat/common/verdict.ts";
import { tableRow, wrap } from "./textTable.ts";

const width = 100;
const columns = [4, 42, 36, 18] as const;
const noteColumns = [4, 40, 56] as const;

/** The gate's answer as plain text, 100 columns: figure, threshold, verdict and evidence of each requirement, the cause where it fails. */
export function verdictTable(verdicts: readonly Verdict[], conclusion: string): string {
  const rule = "-".repeat(width);
  const head = tableRow(["", "requirement", "measured", "verdict"], columns);
  return [rule, ...head, rule, ...verdicts.flatMap(verdictLines), rule, ...wrap(conclusion, width), ""].join("\n");
}

/** Below each verdict: conditions that do not hold, then figures that decide nothing. */
export function verdictNotes(verdicts: readonly Verdict[]): string {
  return verdicts
    .flatMap(({ id, conditions, notes }) => {
      const broken = conditions
        .filter(({ holds }) => !holds)
        .map(
          ({ name, value, relation, bound }) => [name, `${shownNumber(value)}, must be ${relation} ${bound}`] as const,
        );
      return [...broken, ...notes.map(({ label, text }) => [label, text] as const)].flatMap(([label, text]) =>
        tableRow([id, label, text], noteColumns),
      );
    })
    .join("\n");
}

/** Four digits, or that there is no number. */
export function shownNumber(value: number): string {
  return Number.isNaN(value) ? "not measured" : String(Number(value.toPrecision(4)));
}

function verdictLines({ id, claim, headline, threshold, outcome, path, message }: Verdict): string[] {
  const indent = " ".repeat(columns[0]);
  const cause =
    message === ""
      ? []
      : wrap(message, width - columns[0] - 2).map((line, i) => `${indent}${i === 0 ? "> " : "  "}${line}`);
  return [
    ...tableRow([id, claim, headline, outcome], columns),
    `${indent}${threshold}`,
    `${indent}read from ${path}`,
    ...cause,
  ];
}
