import { readdirSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { readRolloutRows, type RolloutRow } from "../src/artifact/rolloutRow.ts";
import { loadTokenizer, type ChatTokenizer } from "../src/checkpoint/tokenizer.ts";
import { describeGolden, goldenPath, goldenSets } from "./support/goldens.ts";
import { describeReal, realPath } from "./support/sharedReal.ts";

interface Encoded {
  readonly text: string;
  readonly ids: number[];
  readonly decoded: string;
  readonly decoded_skip_special: string;
}

for (const set of goldenSets())
  describeGolden(`${set}/tokenizer_expected.json`, (golden) => {
    const { encode: encoded, decode_only: decodeOnly } = golden as {
      encode: Encoded[];
      decode_only: Omit<Encoded, "text">[];
    };

    it("ids and strings are exactly the published library's: NFC, added tokens, U+FFFD", async () => {
      const { encode, decode } = await loadTokenizer(goldenPath(set));
      for (const { text, ids } of encoded) expect(encode(text), JSON.stringify(text)).toEqual(ids);
      for (const { ids, decoded, decoded_skip_special: skipped } of [...encoded, ...decodeOnly]) {
        expect(decode(ids, false)).toBe(decoded);
        expect(decode(ids, true)).toBe(skipped);
      }
    });
  });

describeReal("qwen3_tokenizer", () => {
  let tokenizer: ChatTokenizer;
  beforeAll(async () => {
    tokenizer = await loadTokenizer(realPath("qwen3_tokenizer"));
  });

  it("knows Qwen3's stop and pad ids: <|im_end|> 151645, <|endoftext|> 151643", () => {
    expect([tokenizer.eosTokenId, tokenizer.padTokenId, tokenizer.idLimit]).toEqual([151645, 151643, 151669]);
  });

  describeGolden("chat_template.json", (golden) => {
    const { cases } = golden as {
      cases: {
        messages: { role: string; content: string }[];
        add_generation_prompt: boolean;
        enable_thinking: boolean | null;
        text: string;
      }[];
    };
    it("renders every case byte for byte", () => {
      for (const {
        messages,
        add_generation_prompt: addGenerationPrompt,
        enable_thinking: enableThinking,
        text,
      } of cases)
        expect(tokenizer.renderChat(messages, { addGenerationPrompt, enableThinking })).toBe(text);
    });
  });

  describeReal("teacher_pool", () => {
    let rows: RolloutRow[];
    beforeAll(async () => {
      const names = readdirSync(realPath("teacher_pool")).filter((name) => name.endsWith(".jsonl.gz"));
      rows = (await Promise.all(names.map((name) => readRolloutRows(realPath(`teacher_pool/${name}`))))).flat();
    });

    it("renders every problem's messages to its prompt, and encodes every prompt to its ids", () => {
      for (const { problemMessages, prompt, promptIds } of rows) {
        expect(tokenizer.renderChat(problemMessages, { addGenerationPrompt: true, enableThinking: false })).toBe(
          prompt,
        );
        expect(tokenizer.encode(prompt)).toEqual(promptIds);
      }
    });

    it("decodes every completion's ids to its text, the stop id skipped", () => {
      for (const { completionIds, completion } of rows) expect(tokenizer.decode(completionIds, true)).toBe(completion);
    });

    it("shows why completions are never tokenized again: 6 of 936 come back as other ids", () => {
      const changed = rows.filter(
        ({ completion, completionIds }) => `${tokenizer.encode(completion)}` !== `${completionIds.slice(0, -1)}`,
      );
      expect([rows.length, changed.length]).toEqual([936, 6]);
    });
  });
});
