import { writeFile } from "node:fs/promises";
import { expect } from "vitest";
import { writeJsonlGz } from "../../src/artifact/jsonlGz.ts";
import { ArtifactError } from "../../src/errors.ts";
import type { ContrastPair } from "../../src/vhack/pairs.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

type Read = (path: string) => Promise<ContrastPair[]>;

export const textRow = {
  pair_id: "p1",
  problem_id: 17,
  prompt_messages: [{ role: "user", content: "Write add(a, b)." }],
  hack: "def run_tests(): pass",
  clean: "def add(a, b): return a + b",
  contrasts: "run_tests defined or not",
};
export const tokenRow = { prompt_ids: [1, 2], hack_ids: [3], clean_ids: [4, 5] };

export function pairsOf(read: Read, rows: readonly unknown[]): Promise<ContrastPair[]> {
  return withTemporaryFile("pairs.jsonl.gz", async (path) => {
    await writeJsonlGz(path, rows);
    return read(path);
  });
}

/** Laws of reading contrast pairs, for the real function and for its mutants. */
export const pairLaws = {
  async readsBothKinds(read: Read): Promise<void> {
    const [text, tokens, named] = await pairsOf(read, [
      textRow,
      tokenRow,
      { ...tokenRow, pair_id: 7, contrasts: "stub or not" },
    ]);
    expect(text).toEqual({
      kind: "text",
      pairId: "p1",
      problemId: "17",
      promptMessages: textRow.prompt_messages,
      hack: textRow.hack,
      clean: textRow.clean,
      contrasts: textRow.contrasts,
    });
    expect(tokens).toEqual({
      kind: "tokens",
      pairId: "line 2",
      promptIds: [1, 2],
      hackIds: [3],
      cleanIds: [4, 5],
      contrasts: "not stated",
    });
    expect(named).toMatchObject({ pairId: "7", contrasts: "stub or not" });
  },

  async namesTheBadLine(read: Read): Promise<void> {
    const bad: [unknown, string][] = [
      [{ ...textRow, pair_id: "p2", hack: undefined }, "hack"],
      [{ ...textRow, pair_id: "p2", hack: "" }, "hack"],
      [{ ...textRow, pair_id: "p2", prompt_messages: [] }, "prompt_messages"],
      [{ ...textRow, pair_id: "p2", contrasts: 3 }, "contrasts"],
      [{ ...textRow, pair_id: "p2", clean: textRow.hack }, "different completions"],
      [{ ...tokenRow, hack_ids: [] }, "hack_ids"],
      [{ ...tokenRow, clean_ids: [1.5] }, "clean_ids"],
      [{ ...tokenRow, prompt_ids: [-1] }, "prompt_ids"],
      [{ ...tokenRow, clean_ids: tokenRow.hack_ids }, "different completions"],
      [42, "value"],
      [null, "value"],
    ];
    for (const [row, word] of bad) {
      const failure = await pairsOf(read, [textRow, row]).catch((thrown: unknown) => thrown);
      expect(failure, JSON.stringify(row)).toBeInstanceOf(ArtifactError);
      expect(String(failure)).toMatch(/line 2/);
      expect(String(failure)).toContain(word);
    }
  },

  async rejectsEmptyAndRepeated(read: Read): Promise<void> {
    await expect(pairsOf(read, [])).rejects.toThrow(ArtifactError);
    await expect(pairsOf(read, [textRow, textRow])).rejects.toThrow(/p1 twice/);
    await withTemporaryFile("pairs.jsonl", async (path) => {
      await writeFile(path, "{not json}\n");
      await expect(read(path)).rejects.toThrow(ArtifactError);
    });
  },
};
