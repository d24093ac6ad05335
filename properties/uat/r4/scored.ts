import type { RowCosine } from "../../../src/uat/common/scoredRows.ts";

/** A hacked row of which only what a law speaks of matters. */
export const scored = (told: Partial<RowCosine>): RowCosine => ({
  gtPass: false,
  compLen: 10,
  problem: 0,
  unit: null,
  recorded: null,
  cosine: 0,
  ...told,
});
