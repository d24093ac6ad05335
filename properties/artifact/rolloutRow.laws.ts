import fc from "fast-check";
import { expect } from "vitest";
import { readJsonl as readAndParse } from "../../src/artifact/jsonLines.ts";
import { writeJsonl, writeJsonlGz } from "../../src/artifact/jsonlGz.ts";
import {
  readRolloutRows,
  scoredCompletionIds,
  writeRolloutRows,
  type RolloutRow,
} from "../../src/artifact/rolloutRow.ts";
import { rolloutRow } from "../support/evidence.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { anyRolloutRow } from "../support/rolloutRows.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

type Read = (path: string) => Promise<RolloutRow[]>;
type Write = (path: string, rows: readonly RolloutRow[]) => Promise<void>;
/** The two, as one unit: what is written is what is read. */
interface File {
  readonly write: Write;
  readonly read: Read;
}

/** The research code's names, as ../shared/spec states them, then ours. */
const diskNames =
  "step sample_id problem_id problem_messages prompt plen prompt_ids completion_ids completion comp_len reward hacked gt_pass fmt_ok arm src_pool src_problem_id " +
  "cos_S_contrib grad_norm_contrib logp_mean per_sample_loss imp_ratio delta_S_norm mean_cos_pre mean_cos_post frac_fired gt_correct cos_S_normalized cos_update";

const spoilt: readonly { name: string; change: object; says: RegExp }[] = [
  {
    name: "a missing field",
    change: { completion: undefined },
    says: /line 2: expected a rollout row, got completion: /,
  },
  {
    name: "a length that is not the prompt's",
    change: { plen: 3 },
    says: /got plen: expected plen = number of prompt_ids/,
  },
  {
    name: "a completion longer than its ids",
    change: { comp_len: 5 },
    says: /got comp_len: expected comp_len <= number of completion_ids/,
  },
  { name: "an empty completion", change: { comp_len: 0 }, says: /got comp_len/ },
  { name: "a verdict that is no boolean", change: { hacked: 1 }, says: /got hacked/ },
  { name: "a fractional id", change: { prompt_ids: [1.5, 2] }, says: /got prompt_ids.0/ },
];

const real: File = { write: writeRolloutRows, read: readRolloutRows };
const misread = (change: (row: RolloutRow) => Partial<RolloutRow>): File => ({
  ...real,
  read: async (path) => (await readRolloutRows(path)).map((row) => ({ ...row, ...change(row) })),
});
const miswritten =
  (change: (row: RolloutRow) => Partial<RolloutRow>): Write =>
  (path, rows) =>
    writeRolloutRows(
      path,
      rows.map((row) => ({ ...row, ...change(row) })),
    );
const tooth = rolloutRow({ cosUpdate: 0.25, cosSNormalized: -0.5, meanCosPre: 0.1, meanCosPost: 0.2, gtCorrect: null });
const zeroForNaN = miswritten(({ cosSContrib }) => ({
  cosSContrib: Number.isFinite(cosSContrib) ? cosSContrib : null,
}));
const readJsonl = (path: string): Promise<unknown[]> => readAndParse(path, (row) => row);
const unchecked: Read = async (path) => (await readJsonl(path)).map(() => rolloutRow({}));

lawsOf<File>("writeRolloutRows, readRolloutRows", real, (law) => {
  law("round-trips: read(write(rows)) = rows", {
    for: [fc.array(anyRolloutRow, { maxLength: 3 })],
    holds: ({ write, read }, rows) =>
      withTemporaryFile("step_000.jsonl.gz", async (path) => {
        await write(path, rows);
        expect(await read(path)).toEqual(rows);
      }),
    rejects: {
      "swapped fields": [misread((row) => ({ meanCosPre: row.meanCosPost, meanCosPost: row.meanCosPre })), [tooth]],
      "dropped fields": [misread(() => ({ cosUpdate: null })), [tooth]],
      "padding cut away": [
        {
          ...real,
          write: miswritten(({ completionIds, compLen }) => ({ completionIds: completionIds.slice(0, compLen) })),
        },
        [tooth],
      ],
    },
  });
});

lawsOf<Write>("writeRolloutRows", writeRolloutRows, (law) => {
  law("keeps the research code's names on disk: step ... frac_fired, then gt_correct cos_S_normalized cos_update", {
    for: [],
    holds: (write) =>
      withTemporaryFile("a.jsonl.gz", async (path) => {
        await write(path, [rolloutRow({})]);
        expect(Object.keys((await readJsonl(path))[0] as object).join(" ")).toBe(diskNames);
      }),
    rejects: { "our own names": [(path, rows) => writeJsonlGz(path, rows)] },
  });

  law("rejects a number that is not finite -> NonFiniteError naming row and field", {
    else: 'a broken backward is stored as "not measured"',
    for: [fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY)],
    holds: (write, bad) =>
      withTemporaryFile("a.jsonl.gz", (path) =>
        expect(write(path, [rolloutRow({ step: 3, sampleId: 2, cosSContrib: bad })])).rejects.toThrow(
          /step 3 sample 2: expected a finite cosSContrib/,
        ),
      ),
    rejects: { "null for what is not finite": [zeroForNaN, Number.NaN] },
  });
});

lawsOf<Read>("readRolloutRows", readRolloutRows, (law) => {
  law("rejects a row that does not fit -> ArtifactError naming line and field", {
    for: [fc.constantFrom(...spoilt)],
    holds: (read, { change, says }) =>
      withTemporaryFile("a.jsonl", async (path) => {
        await writeRolloutRows(path, [rolloutRow({})]);
        const [row] = await readJsonl(path);
        await writeJsonl(path, [row, { ...(row as object), ...change }]);
        await expect(read(path)).rejects.toThrow(says);
      }),
    examples: spoilt.map((row): [(typeof spoilt)[number]] => [row]),
    rejects: Object.fromEntries(
      spoilt.map((row) => [`a reader that looks at nothing (${row.name})`, [unchecked, row]]),
    ),
  });

  law("reads measurements that are absent as null, and drops names that it does not know", {
    for: [],
    holds: (read) =>
      withTemporaryFile("a.jsonl", async (path) => {
        await writeRolloutRows(path, [rolloutRow({ cosSContrib: null, gtCorrect: null })]);
        const { cos_S_contrib: _, gt_correct: __, ...rest } = (await readJsonl(path))[0] as Record<string, unknown>;
        await writeJsonl(path, [{ ...rest, a_new_field: 1 }]);
        expect(await read(path)).toEqual([rolloutRow({ cosSContrib: null, gtCorrect: null })]);
      }),
    rejects: { "0 for what is absent": [misread((row) => ({ cosSContrib: row.cosSContrib ?? 0 })).read] },
  });
});

lawsOf<(row: RolloutRow) => readonly number[]>("scoredCompletionIds", scoredCompletionIds, (law) => {
  law("ends with the stop id: the first compLen ids, no padding", {
    else: "the loss counts padding, or misses the decision to stop",
    for: [anyRolloutRow],
    holds: (scored, row) => {
      const ids = scored(row);
      expect(ids.length).toBe(row.compLen);
      ids.forEach((id, t) => expect(id).toBe(row.completionIds[t]));
    },
    rejects: {
      "padding counted": [({ completionIds }) => completionIds, tooth],
      "the stop id missed": [({ completionIds, compLen }) => completionIds.slice(0, compLen - 1), tooth],
      "the first token missed": [({ completionIds, compLen }) => completionIds.slice(1, compLen + 1), tooth],
    },
  });
});
