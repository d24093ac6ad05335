import type { RolloutRow } from "../../artifact/rolloutRow.ts";
import { rowsByKey } from "../../numeric/rowsByKey.ts";

/**
 * Share of rows cut at the token limit, as far as rows alone can say: those whose last counted token is not the one that
 * most rows end in. Rows do not name their stop ids.
 */
export function truncatedShare(rows: readonly RolloutRow[]): number {
  const lastIds = rows.map((row) => row.completionIds[row.compLen - 1]);
  const commonest = Math.max(...[...rowsByKey(lastIds).values()].map((found) => found.length));
  return 1 - commonest / rows.length;
}
