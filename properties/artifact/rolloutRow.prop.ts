import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readJsonl, writeJsonl } from "../../src/artifact/jsonlGz.ts";
import { padCompletions } from "../../src/artifact/padCompletions.ts";
import { readRolloutRows, scoredCompletionIds, writeRolloutRows } from "../../src/artifact/rolloutRow.ts";
import { rolloutRow } from "../support/evidence.ts";
import { anyRolloutRow } from "../support/rolloutRows.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";
import { rolloutRowLaws } from "./rolloutRow.statements.ts";

/** The research code's names, as ../shared/spec states them, then ours. */
const diskNames =
  "step sample_id problem_id problem_messages prompt plen prompt_ids completion_ids completion comp_len reward hacked gt_pass fmt_ok arm src_pool src_problem_id " +
  "cos_S_contrib grad_norm_contrib logp_mean per_sample_loss imp_ratio delta_S_norm mean_cos_pre mean_cos_post frac_fired gt_correct cos_S_normalized cos_update";

describe("writeRolloutRows", () => {
  it("round-trips: read(write(rows)) = rows", () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyRolloutRow, { maxLength: 3 }), (rows) =>
        rolloutRowLaws.roundTrips(writeRolloutRows, readRolloutRows, rows),
      ),
    ));

  it("keeps the research code's names on disk: step ... frac_fired, then gt_correct cos_S_normalized cos_update", () =>
    withTemporaryFile("a.jsonl.gz", async (path) => {
      await writeRolloutRows(path, [rolloutRow({})]);
      expect(Object.keys((await readJsonl(path))[0] as object).join(" ")).toBe(diskNames);
    }));

  // ELSE a broken backward is stored as "not measured"
  it("rejects a number that is not finite -> NonFiniteError naming row and field", () =>
    withTemporaryFile("a.jsonl.gz", async (path) => {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY])
        await expect(writeRolloutRows(path, [rolloutRow({ step: 3, sampleId: 2, cosSContrib: bad })])).rejects.toThrow(
          /step 3 sample 2: expected a finite cosSContrib/,
        );
    }));
});

describe("readRolloutRows", () => {
  const spoilt: [string, object, RegExp][] = [
    ["a missing field", { completion: undefined }, /line 2: expected a rollout row, got completion: /],
    ["a length that is not the prompt's", { plen: 3 }, /got plen: expected plen = number of prompt_ids/],
    [
      "a completion longer than its ids",
      { comp_len: 5 },
      /got comp_len: expected comp_len <= number of completion_ids/,
    ],
    ["an empty completion", { comp_len: 0 }, /got comp_len/],
    ["a verdict that is no boolean", { hacked: 1 }, /got hacked/],
    ["a fractional id", { prompt_ids: [1.5, 2] }, /got prompt_ids.0/],
  ];
  it.each(spoilt)("rejects %s -> ArtifactError naming line and field", (_, change, says) =>
    withTemporaryFile("a.jsonl", async (path) => {
      await writeRolloutRows(path, [rolloutRow({})]);
      const [row] = await readJsonl(path);
      await writeJsonl(path, [row, { ...(row as object), ...change }]);
      await expect(readRolloutRows(path)).rejects.toThrow(says);
    }),
  );

  it("reads measurements that are absent as null, and drops names that it does not know", () =>
    withTemporaryFile("a.jsonl", async (path) => {
      await writeRolloutRows(path, [rolloutRow({ cosSContrib: null, gtCorrect: null })]);
      const { cos_S_contrib: _, gt_correct: __, ...rest } = (await readJsonl(path))[0] as Record<string, unknown>;
      await writeJsonl(path, [{ ...rest, a_new_field: 1 }]);
      expect(await readRolloutRows(path)).toEqual([rolloutRow({ cosSContrib: null, gtCorrect: null })]);
    }));
});

describe("scoredCompletionIds", () => {
  // ELSE the loss counts padding, or misses the decision to stop
  it("ends with the stop id: the first compLen ids, no padding", () => {
    fc.assert(fc.property(anyRolloutRow, (row) => rolloutRowLaws.scoresUpToTheStopId(scoredCompletionIds, row)));
  });
});

describe("padCompletions", () => {
  it("conserves what is scored, and gives every row the group's length", () => {
    fc.assert(
      fc.property(fc.array(anyRolloutRow, { minLength: 1, maxLength: 4 }), fc.nat(), (rows, pad) => {
        const padded = padCompletions(rows, pad);
        const longest = Math.max(...rows.map((row) => row.completionIds.length));
        padded.forEach((row, i) => {
          expect(row.completionIds.length).toBe(longest);
          expect(scoredCompletionIds(row)).toEqual(scoredCompletionIds(rows[i]!));
          expect(row.completionIds.slice(rows[i]!.completionIds.length).every((id) => id === pad)).toBe(true);
        });
      }),
    );
  });
});
