import fc from "fast-check";
import { expect } from "vitest";
import { readJsonl as readAndParse } from "../../src/artifact/jsonLines.ts";
import { writeJsonl } from "../../src/artifact/jsonlGz.ts";
import { writeJsonlGz } from "../support/writeJsonlGz.ts";
import { readRolloutRows, type RolloutRow } from "../../src/artifact/rolloutRow.ts";
import { writeRolloutRows } from "../support/writeRolloutRows.ts";
import { rolloutRow } from "../support/evidence.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { anyRolloutRow } from "../support/rolloutRows.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

type Read = (path: string) => Promise<RolloutRow[]>;
type Write = (path: string, rows: readonly RolloutRow[], padTokenId: number) => Promise<void>;
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
  {
    name: "ids after the completion that are no padding",
    change: { comp_len: 1 },
    says: /line 2: .* got completion_ids: expected one and the same padding id after the first comp_len ids/,
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
  (path, rows, pad) =>
    writeRolloutRows(
      path,
      rows.map((row) => ({ ...row, ...change(row) })),
      pad,
    );
/** What a writer leaves on disk of a row's ids. */
interface IdsOnDisk {
  readonly completion_ids: number[];
  readonly comp_len: number;
}
const misplaced =
  (change: (row: IdsOnDisk) => Partial<IdsOnDisk>): Write =>
  async (path, rows, pad) => {
    await writeRolloutRows(path, rows, pad);
    const written = (await readJsonl(path)) as IdsOnDisk[];
    await writeJsonlGz(
      path,
      written.map((row) => ({ ...row, ...change(row) })),
    );
  };
/** A reader of the ids on disk that takes others than the completion's. */
const taking =
  (idsOf: (row: IdsOnDisk) => number[]): Read =>
  async (path) => {
    const onDisk = (await readJsonl(path)) as IdsOnDisk[];
    return (await readRolloutRows(path)).map((row, i) => ({ ...row, completionIds: idsOf(onDisk[i]!) }));
  };
const tooth = rolloutRow({ cosUpdate: 0.25, cosSNormalized: -0.5, meanCosPre: 0.1, meanCosPost: 0.2, gtCorrect: null });
const unequal = [rolloutRow({ completionIds: [1, 2, 3], compLen: 3 }), rolloutRow({ completionIds: [4], compLen: 1 })];
const zeroForNaN = miswritten(({ cosSContrib }) => ({
  cosSContrib: Number.isFinite(cosSContrib) ? cosSContrib : null,
}));
const readJsonl = (path: string): Promise<unknown[]> => readAndParse(path, (row) => row);
const unchecked: Read = async (path) => (await readJsonl(path)).map(() => rolloutRow({}));

lawsOf<File>("rolloutRowsBytes, readRolloutRows", real, (law) => {
  law("round-trips: read(write(rows)) = rows, whatever the padding id", {
    for: [fc.array(anyRolloutRow, { maxLength: 3 }), fc.nat()],
    holds: ({ write, read }, rows, pad) =>
      withTemporaryFile("step_000.jsonl.gz", async (path) => {
        await write(path, rows, pad);
        expect(await read(path)).toEqual(rows);
      }),
    rejects: {
      "swapped fields": [misread((row) => ({ meanCosPre: row.meanCosPost, meanCosPost: row.meanCosPre })), [tooth], 0],
      "dropped fields": [misread(() => ({ cosUpdate: null })), [tooth], 0],
      "padding left in memory": [{ ...real, read: taking(({ completion_ids }) => completion_ids) }, unequal, 0],
    },
  });
});

lawsOf<Write>("rolloutRowsBytes", writeRolloutRows, (law) => {
  law("keeps the research code's names on disk: step ... frac_fired, then gt_correct cos_S_normalized cos_update", {
    for: [],
    holds: (write) =>
      withTemporaryFile("a.jsonl.gz", async (path) => {
        await write(path, [rolloutRow({})], 0);
        expect(Object.keys((await readJsonl(path))[0] as object).join(" ")).toBe(diskNames);
      }),
    rejects: { "our own names": [(path, rows) => writeJsonlGz(path, rows)] },
  });

  law("rejects a number that is not finite -> NonFiniteError naming row and field", {
    else: 'a broken backward is stored as "not measured"',
    for: [fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY)],
    holds: (write, bad) =>
      withTemporaryFile("a.jsonl.gz", (path) =>
        expect(write(path, [rolloutRow({ step: 3, sampleId: 2, cosSContrib: bad })], 0)).rejects.toThrow(
          /step 3 sample 2: expected a finite cosSContrib/,
        ),
      ),
    rejects: { "null for what is not finite": [zeroForNaN, Number.NaN] },
  });

  law("right-pads to the longest: completion_ids = completionIds, pad, ..., pad", {
    else: "files of ours are not those that the research code reads",
    for: [fc.array(anyRolloutRow, { minLength: 1, maxLength: 4 }), fc.nat()],
    holds: (write, rows, pad) =>
      withTemporaryFile("a.jsonl.gz", async (path) => {
        await write(path, rows, pad);
        const longest = Math.max(...rows.map(({ compLen }) => compLen));
        ((await readJsonl(path)) as IdsOnDisk[]).forEach(({ completion_ids, comp_len }, i) => {
          const { completionIds, compLen } = rows[i]!;
          expect(comp_len).toBe(compLen);
          expect(completion_ids).toEqual([...completionIds, ...Array.from({ length: longest - compLen }, () => pad)]);
        });
      }),
    rejects: {
      "padding on the left": [
        misplaced(({ completion_ids: ids, comp_len: n }) => ({
          completion_ids: [...ids.slice(n), ...ids.slice(0, n)],
        })),
        unequal,
        0,
      ],
      "no padding": [
        misplaced(({ completion_ids, comp_len }) => ({ completion_ids: completion_ids.slice(0, comp_len) })),
        unequal,
        0,
      ],
      "padding that is scored": [misplaced(({ completion_ids }) => ({ comp_len: completion_ids.length })), unequal, 0],
    },
  });

  law("rejects compLen that is not the number of ids -> ShapeError naming the row", {
    else: "padding is scored, or the end of a completion is lost",
    for: [fc.constantFrom(2, 4)],
    holds: (write, compLen) =>
      withTemporaryFile("a.jsonl.gz", (path) =>
        expect(write(path, [rolloutRow({ step: 3, sampleId: 2, compLen })], 0)).rejects.toThrow(
          new RegExp(`step 3 sample 2: expected ${compLen} completionIds \\(compLen\\), got 3`),
        ),
      ),
    rejects: {
      "compLen mended in silence": [miswritten(({ completionIds }) => ({ compLen: completionIds.length })), 2],
    },
  });
});

lawsOf<Read>("readRolloutRows", readRolloutRows, (law) => {
  law("rejects a row that does not fit -> ArtifactError naming line and field", {
    for: [fc.constantFrom(...spoilt)],
    holds: (read, { change, says }) =>
      withTemporaryFile("a.jsonl", async (path) => {
        await writeRolloutRows(path, [rolloutRow({})], 0);
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
        await writeRolloutRows(path, [rolloutRow({ cosSContrib: null, gtCorrect: null })], 0);
        const { cos_S_contrib: _, gt_correct: __, ...rest } = (await readJsonl(path))[0] as Record<string, unknown>;
        await writeJsonl(path, [{ ...rest, a_new_field: 1 }]);
        expect(await read(path)).toEqual([rolloutRow({ cosSContrib: null, gtCorrect: null })]);
      }),
    rejects: { "0 for what is absent": [misread((row) => ({ cosSContrib: row.cosSContrib ?? 0 })).read] },
  });

  law("ends with the stop id: completionIds = the first comp_len ids, no padding", {
    else: "the loss counts padding, or misses the decision to stop",
    for: [anyRolloutRow, fc.nat({ max: 3 }), fc.nat()],
    holds: (read, { completionIds, compLen }, pads, pad) =>
      withTemporaryFile("a.jsonl", async (path) => {
        await writeRolloutRows(path, [rolloutRow({ completionIds, compLen })], pad);
        const [row] = await readJsonl(path);
        const padded = [...completionIds, ...Array.from({ length: pads }, () => pad)];
        await writeJsonl(path, [{ ...(row as object), completion_ids: padded }]);
        expect(await read(path)).toEqual([rolloutRow({ completionIds, compLen })]);
      }),
    rejects: {
      "padding counted": [taking(({ completion_ids }) => completion_ids), tooth, 1, 0],
      "the stop id missed": [taking(({ completion_ids: ids, comp_len: n }) => ids.slice(0, n - 1)), tooth, 1, 0],
      "the first token missed": [taking(({ completion_ids: ids, comp_len: n }) => ids.slice(1, n + 1)), tooth, 1, 0],
    },
  });
});
