import type { RolloutRow } from "./rolloutRow.ts";

/** The rows of one group with their completion ids right-padded to the longest, as step files hold them. */
export function padCompletions(rows: readonly RolloutRow[], padTokenId: number): RolloutRow[] {
  const longest = rows.reduce((most, row) => Math.max(most, row.completionIds.length), 0);
  return rows.map((row) => ({
    ...row,
    completionIds: [
      ...row.completionIds,
      ...Array.from({ length: longest - row.completionIds.length }, () => padTokenId),
    ],
  }));
}
