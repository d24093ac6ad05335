import { writeFile } from "node:fs/promises";
import { rolloutRowsBytes, type RolloutRow } from "../../src/artifact/rolloutRow.ts";

/** Rows as a step's file. */
export async function writeRolloutRows(path: string, rows: readonly RolloutRow[], padTokenId: number): Promise<void> {
  await writeFile(path, rolloutRowsBytes(rows, padTokenId));
}
