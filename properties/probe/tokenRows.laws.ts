import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect } from "vitest";
import { parseQwen3Config } from "../../src/checkpoint/config.ts";
import { readTokenRows, type TokenRow } from "../../src/probe/tokenRows.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";
import { tinyConfig } from "../support/tinyCheckpoint.ts";

/** Reads one row, for scoring (null) or to generate so many tokens behind its prompt. */
type ReadRow = (row: object, maxNewTokens?: number | null) => Promise<TokenRow>;

const modelDir = fileURLToPath(new URL("../../fixtures/miniature/student", import.meta.url));
const [pad, eos] = [635, 637];
const config = parseQwen3Config(
  { ...tinyConfig, vocab_size: 640, pad_token_id: pad, eos_token_id: eos, max_position_embeddings: 64 },
  null,
  "tiny",
);

const readRow: ReadRow = (row, maxNewTokens = null) =>
  withTemporaryFile("rows.jsonl", async (path) => {
    await writeFile(path, `${JSON.stringify(row)}\n`);
    return (await readTokenRows(path, { modelDir, config, maxNewTokens }))[0]!;
  });
/** Takes every id that a row brings, up to comp_len. */
const asTheyAre: ReadRow = async (row) => {
  const { prompt_ids = [], completion_ids = [], comp_len } = row as Record<string, never>;
  return { promptIds: prompt_ids, completionIds: (completion_ids as number[]).slice(0, comp_len) };
};
/** Drops pad ids wherever they are. */
const padDropped: ReadRow = async (row) => {
  const { promptIds, completionIds } = await asTheyAre(row);
  return { promptIds: promptIds.filter((id) => id !== pad), completionIds: completionIds.filter((id) => id !== pad) };
};

/** Text: no pad id at the front, no four equal ids there, one stop id at the end. */
const anyText = fc
  .record({
    prompt: fc.uniqueArray(fc.nat(600), { minLength: 1, maxLength: 8 }),
    completion: fc.array(fc.nat(600), { minLength: 1, maxLength: 8 }),
  })
  .map(({ prompt, completion }) => ({ promptIds: prompt, completionIds: [...completion, eos] }));
const anySurplus = fc.integer({ min: 1, max: 5 });
/** Pads of prompt and completion: pad itself, an id of the vocabulary, and 0. */
const anyPadId = fc.constantFrom(pad, 7, 0);

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const text: TokenRow = { promptIds: [1, 2], completionIds: [3, eos] };

/** The ways in which a row that is padded with `id` can say so. */
const statements: Readonly<Record<string, (row: TokenRow, left: number, right: number) => object>> = {
  "attention_mask over both": ({ promptIds, completionIds }, left, right) => ({
    attention_mask: [...times(left, 0), ...promptIds.map(() => 1), ...completionIds.map(() => 1), ...times(right, 0)],
  }),
  "prompt_mask and completion_mask": ({ promptIds, completionIds }, left, right) => ({
    prompt_mask: [...times(left, 0), ...promptIds.map(() => 1)],
    completion_mask: [...completionIds.map(() => 1), ...times(right, 0)],
  }),
  "attention_mask of the prompt, comp_len": ({ promptIds, completionIds }, left) => ({
    attention_mask: [...times(left, false), ...promptIds.map(() => true)],
    comp_len: completionIds.length,
  }),
};
const lengths = ({ promptIds, completionIds }: TokenRow) => ({
  plen: promptIds.length,
  completion_length: completionIds.length,
});

function padded({ promptIds, completionIds }: TokenRow, left: number, right: number, id: number): object {
  return {
    prompt_ids: [...times(left, id), ...promptIds],
    completion_ids: [...completionIds, ...times(right, id)],
  };
}

lawsOf<ReadRow>("readTokenRows", readRow, (law) => {
  for (const [name, say] of Object.entries(statements))
    law(`takes padding out where a row says what is text: ${name}`, {
      else: "the rows of TRL, verl and others are scored with their padding",
      for: [anyText, anySurplus, anySurplus, anyPadId],
      holds: async (read, row, left, right, id) => {
        const found = await read({ ...padded(row, left, right, id), ...say(row, left, right) }).catch(String);
        expect(found).toEqual(row);
      },
      numRuns: 40,
      rejects: {
        "ids as they are": [asTheyAre, text, 2, 1, pad],
        "pad ids dropped, others kept": [padDropped, text, 2, 1, 7],
      },
    });

  law("takes padding out where plen and completion_length say what is text, and the rest of the prompt is the pad id", {
    for: [anyText, anySurplus, anySurplus, anyPadId],
    holds: async (read, row, left, right, id) => {
      const found = await read({ ...padded(row, left, right, id), ...lengths(row) }).catch(String);
      if (id === pad) expect(found).toEqual(row);
      else expect(String(found)).toContain("expected plen = number of prompt_ids, or padding (635) before");
    },
    numRuns: 40,
    rejects: { "ids as they are": [asTheyAre, text, 2, 1, pad] },
  });

  law("refuses padding of which a row says nothing -> ArtifactError that says what to add", {
    else: "padding is scored as text, and nobody notices",
    for: [anyText, fc.nat(5), fc.nat(5), fc.constantFrom(pad, 7)],
    holds: async (read, row, left, right, id) => {
      const found = await read(padded(row, left, right, id)).catch(String);
      const mayBeText = id !== pad && left < 4 && right === 0;
      if (left + right === 0 || mayBeText) expect(found).not.toBeTypeOf("string");
      else if (id === pad || left >= 4)
        expect(String(found)).toMatch(/padding would be scored\. Say what is text with attention_mask/);
    },
    examples: [
      [text, 1, 0, pad],
      [text, 0, 1, pad],
      [text, 4, 0, 7],
    ],
    numRuns: 60,
    rejects: { "ids as they are": [asTheyAre, text, 1, 0, pad], "pad ids dropped": [padDropped, text, 2, 1, pad] },
  });

  const contradictions: readonly (readonly [string, object, RegExp])[] = [
    ["plen longer than the prompt", { ...padded(text, 0, 0, pad), plen: 3 }, /got plen 3 and 2 prompt_ids/],
    ["plen shorter, text before it", { ...padded(text, 0, 0, pad), plen: 1 }, /got plen 1 and 2 prompt_ids/],
    ["comp_len longer than the completion", { ...padded(text, 0, 0, pad), comp_len: 9 }, /got comp_len 9 and 2/],
    [
      "two ids of padding",
      { prompt_ids: [1], completion_ids: [2, eos, pad, 0], comp_len: 2 },
      /one and the same padding id/,
    ],
    [
      "a mask of another length",
      { ...padded(text, 0, 0, pad), attention_mask: [1] },
      /attention_mask of 2 .* or 4 .* got 1/,
    ],
    [
      "a mask with a hole",
      { ...padded(text, 0, 0, pad), completion_mask: [0, 1] },
      /padding on the right, got another mask/,
    ],
    ["a loss mask", { prompt_ids: [1], completion_ids: [2, 3, eos], completion_mask: [1, 0, 1] }, /what is trained on/],
    ["a mask of zeros", { ...padded(text, 0, 0, pad), prompt_mask: [0, 0] }, /ones in one block/],
    [
      "a prompt padded on the right",
      { prompt_ids: [1, pad], completion_ids: [3], prompt_mask: [1, 0] },
      /padding on the left/,
    ],
    [
      "comp_len over the padding",
      { prompt_ids: [1], completion_ids: [2, eos, eos], comp_len: 3 },
      /padding would be scored/,
    ],
  ];
  law("refuses lengths and masks that contradict the ids -> ArtifactError", {
    for: [fc.constantFrom(...contradictions)],
    holds: async (read, [, row, says]) => expect(String(await read(row).catch(String))).toMatch(says),
    examples: contradictions.map((one): [(typeof contradictions)[number]] => [one]),
    numRuns: contradictions.length,
    rejects: { "ids as they are": [asTheyAre, contradictions[1]!] },
  });

  law("refuses a row longer than the model's positions: P + T > max, P + maxNewTokens > max -> ConfigError", {
    else: "a model answers and is scored at positions that it was never trained on",
    for: [fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 70 })],
    holds: async (read, P, T) => {
      const row = {
        prompt_ids: Array.from({ length: P }, (_, i) => i),
        completion_ids: Array.from({ length: T }, (_, i) => i),
      };
      for (const maxNewTokens of [null, T]) {
        const found = await read(row, maxNewTokens).catch(String);
        if (P + T <= 64) expect(found).toEqual({ promptIds: row.prompt_ids, completionIds: row.completion_ids });
        else expect(String(found)).toMatch(/ConfigError: .*expected at most 64 tokens .*--beyond-positions/);
      }
    },
    examples: [
      [63, 1],
      [64, 1],
    ],
    numRuns: 30,
    rejects: { "any length": [asTheyAre, 64, 1] },
  });
});
