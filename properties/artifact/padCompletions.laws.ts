import fc from "fast-check";
import { expect } from "vitest";
import { padCompletions } from "../../src/artifact/padCompletions.ts";
import { scoredCompletionIds, type RolloutRow } from "../../src/artifact/rolloutRow.ts";
import { rolloutRow } from "../support/evidence.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { anyRolloutRow } from "../support/rolloutRows.ts";

type Pad = (rows: readonly RolloutRow[], pad: number) => readonly RolloutRow[];

const unequal = [rolloutRow({ completionIds: [1, 2, 3], compLen: 3 }), rolloutRow({ completionIds: [4], compLen: 1 })];
const onTheLeft: Pad = (rows, pad) => {
  const longest = Math.max(...rows.map((row) => row.completionIds.length));
  const missing = (row: RolloutRow) => Array.from({ length: longest - row.completionIds.length }, () => pad);
  return rows.map((row) => ({ ...row, completionIds: [...missing(row), ...row.completionIds] }));
};

lawsOf<Pad>("padCompletions", padCompletions, (law) => {
  law("conserves what is scored, and gives every row the group's length", {
    for: [fc.array(anyRolloutRow, { minLength: 1, maxLength: 4 }), fc.nat()],
    holds: (padded, rows, pad) => {
      const longest = Math.max(...rows.map((row) => row.completionIds.length));
      padded(rows, pad).forEach((row, i) => {
        expect(row.completionIds.length).toBe(longest);
        expect(scoredCompletionIds(row)).toEqual(scoredCompletionIds(rows[i]!));
        expect(row.completionIds.slice(rows[i]!.completionIds.length).every((id) => id === pad)).toBe(true);
      });
    },
    rejects: {
      "padding on the left": [onTheLeft, unequal, 0],
      "no padding": [(rows) => rows, unequal, 0],
      "padding that is scored": [
        (rows, pad) => padCompletions(rows, pad).map((row) => ({ ...row, compLen: row.completionIds.length })),
        unequal,
        0,
      ],
    },
  });
});
