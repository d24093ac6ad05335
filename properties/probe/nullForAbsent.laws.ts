import { fileURLToPath } from "node:url";
import { writeFile } from "node:fs/promises";
import fc from "fast-check";
import { expect } from "vitest";
import { readProblems } from "../../src/environment/problem.ts";
import { readGradeRows } from "../../src/probe/grading/gradeRows.ts";
import { readTokenRows } from "../../src/probe/tokenRows.ts";
import { readPairs } from "../../src/vhack/pairs.ts";
import { parseQwen3Config } from "../../src/checkpoint/config.ts";
import { tinyConfig } from "../support/tinyCheckpoint.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

type Row = Readonly<Record<string, unknown>>;
/** What is read of a file, or the failure. */
type Read = (path: string) => Promise<unknown>;

/** A reader, a whole row, and the fields that a row may lack. */
interface Kind {
  readonly name: string;
  readonly read: Read;
  readonly row: Row;
  readonly optional: readonly string[];
}

const student = fileURLToPath(new URL("../../fixtures/miniature/student", import.meta.url));
const rowsFor = {
  modelDir: student,
  config: parseQwen3Config({ ...tinyConfig, vocab_size: 640 }, null, "tiny"),
  maxNewTokens: null,
};
const problem = {
  func_name: "Solution().one",
  setup_code: "import math",
  canonical_solution: "pass",
  env_mode: "run_tests",
};
const ofProblem = ["setup_code", "canonical_solution", "env_mode"];
const messages = [{ role: "user", content: "hi" }];

const kinds: readonly Kind[] = [
  {
    name: "problems",
    read: readProblems,
    row: {
      ...problem,
      id: 1,
      gt_answer: ["assert 1"],
      prompt: messages,
      prompt_metadata: { starter_code: "class A:" },
    },
    optional: [...ofProblem, "prompt", "prompt_metadata"],
  },
  {
    name: "completions",
    read: (path) => readGradeRows(path, null),
    row: { id: "a", sample_id: 3, problem_id: 1, completion: "x", problem: { ...problem, gt_tests: ["assert 1"] } },
    optional: ["id", "sample_id", "problem_id"],
  },
  {
    name: "rows to score, ids",
    read: (path) => readTokenRows(path, rowsFor),
    row: { prompt_ids: [1, 2], prompt: "hi", messages, completion_ids: [3, 4], completion: "ok", comp_len: 1 },
    optional: ["prompt", "messages", "completion_ids", "completion", "comp_len"],
  },
  {
    name: "rows to score, text",
    read: (path) => readTokenRows(path, rowsFor),
    row: { prompt_ids: [1, 2], prompt: "hi", messages, completion: "ok" },
    optional: ["prompt_ids", "prompt", "completion"],
  },
  {
    name: "pairs of ids",
    read: readPairs,
    row: { pair_id: "p", prompt_ids: [1], hack_ids: [2], clean_ids: [3], contrasts: "a stub" },
    optional: ["pair_id", "contrasts"],
  },
  {
    name: "pairs of text",
    read: readPairs,
    row: {
      pair_id: "p",
      problem_id: 1,
      prompt_messages: messages,
      hack: "a",
      clean: "b",
      contrasts: "c",
      prompt_ids: [1],
    },
    optional: ["prompt_ids"],
  },
];

const anyCase = fc
  .constantFrom(...kinds)
  .chain((kind) => fc.record({ kind: fc.constant(kind), fields: fc.subarray([...kind.optional], { minLength: 1 }) }));

type Case = typeof anyCase extends fc.Arbitrary<infer T> ? T : never;
type ReadRow = (kind: Kind, row: Row, path: string) => Promise<unknown>;

const readRow: ReadRow = async ({ read }, row, path) => {
  await writeFile(path, `${JSON.stringify(row)}\n`);
  return read(path).catch(String);
};
const refusing: ReadRow = (kind, row, path) =>
  Object.values(row).includes(null) ? Promise.resolve("refused") : readRow(kind, row, path);
const emptyText: ReadRow = (kind, row, path) =>
  readRow(kind, Object.fromEntries(Object.entries(row).map(([key, value]) => [key, value ?? ""])), path);
const without = (row: Row, fields: readonly string[]): Row =>
  Object.fromEntries(Object.entries(row).filter(([key]) => !fields.includes(key)));

const [problems] = kinds as [Kind];
const bare: Case = { kind: problems, fields: ["env_mode"] };

lawsOf<ReadRow>("rows from elsewhere", readRow, (law) => {
  law("reads null as absent: read({..., field: null}) = read({...}) for every field that a row may lack", {
    else: "rows that went through pandas, datasets or parquet are refused",
    for: [anyCase],
    holds: (read, { kind, fields }) =>
      withTemporaryFile("rows.jsonl", async (path) => {
        const absent = without(kind.row, fields);
        const nulls = { ...absent, ...Object.fromEntries(fields.map((field) => [field, null])) };
        const [expected, found] = [await read(kind, absent, path), await read(kind, nulls, path)];
        expect(found).toEqual(expected);
        expect(typeof expected, String(expected)).toBe("object");
      }),
    examples: kinds.map((kind): [Case] => [{ kind, fields: [...kind.optional] }]),
    rejects: { "a null refused": [refusing, bare], "a null taken for an empty text": [emptyText, bare] },
  });
});
