import { expect } from "vitest";
import type { RolloutRow } from "../../src/artifact/rolloutRow.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

type Read = (path: string) => Promise<RolloutRow[]>;
type Write = (path: string, rows: readonly RolloutRow[]) => Promise<void>;

/** Laws of rows on disk, for the real reader and writer and for their mutants. */
export const rolloutRowLaws = {
  async roundTrips(write: Write, read: Read, rows: readonly RolloutRow[]): Promise<void> {
    await withTemporaryFile("step_000.jsonl.gz", async (path) => {
      await write(path, rows);
      expect(await read(path)).toEqual(rows);
    });
  },

  /** Padding begins where compLen ends; the id at compLen - 1, the stop id, is scored. */
  scoresUpToTheStopId(scored: (row: RolloutRow) => readonly number[], row: RolloutRow): void {
    const ids = scored(row);
    expect(ids.length).toBe(row.compLen);
    ids.forEach((id, t) => expect(id).toBe(row.completionIds[t]));
  },
};
