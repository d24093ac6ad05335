import { expect } from "vitest";
import { verdictNotes, verdictTable } from "../../src/report/verdictTable.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { twoVerdicts, verdicts } from "./verdicts.ts";

type Table = typeof verdictTable;
const passesOnly: Table = (list, end) =>
  verdictTable(
    list.filter(({ outcome }) => outcome === "PASS"),
    end,
  );
const allPass: Table = (list, end) =>
  verdictTable(
    list.map((one) => ({ ...one, outcome: "PASS" })),
    end,
  );
const onOneLine = (text: string) => text.replaceAll("\n", " ");

lawsOf("verdictTable", verdictTable, (law) => {
  /** Every requirement once, in order, with its outcome on its own line; a path whole on a line of its own, to be copied. */
  law("shows each requirement exactly once, in order, with its outcome", {
    else: "a refusal is missing from the table that is quoted",
    for: [verdicts],
    holds: (table, verdicts) => {
      const lines = table(verdicts, "so be it").split("\n");
      const first = lines.filter((line) => /^R\d/.test(line));
      expect(first.map((line) => line.slice(0, 2))).toEqual(verdicts.map(({ id }) => id));
      for (const { path } of verdicts) expect(lines).toContain(`    read from ${path}`);
      // the outcome's column, wrapped or not, begins at 82
      first.forEach((line, i) =>
        expect(verdicts[i]!.outcome.startsWith(line.slice(82).trim().split(" ")[0]!)).toBe(true),
      );
    },
    rejects: {
      "a table that leaves failures out": [passesOnly, twoVerdicts],
      "a table that says PASS for all": [allPass, twoVerdicts],
    },
  });

  law("bounds its width: lines <= 110 columns, but for a path, which stays whole", {
    for: [verdicts],
    holds: (table, verdicts) => {
      const lines = table(verdicts, "so be it").split("\n");
      const paths = verdicts.map(({ path }) => `    read from ${path}`);
      for (const line of lines) if (!paths.includes(line)) expect(line.length).toBeLessThanOrEqual(110);
    },
    rejects: {
      "a table on one line": [(list, end) => onOneLine(verdictTable(list, end)), twoVerdicts],
    },
  });
});

lawsOf("verdictNotes", verdictNotes, (law) => {
  law("bounds its width: lines <= 110 columns", {
    for: [verdicts],
    holds: (notes, verdicts) => {
      for (const line of notes(verdicts).split("\n")) expect(line.length).toBeLessThanOrEqual(110);
    },
    rejects: {
      "notes on one line": [(list) => onOneLine(verdictNotes([...list, ...list])), twoVerdicts],
    },
  });
});
