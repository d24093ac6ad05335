import { writeFile } from "node:fs/promises";
import { expect } from "vitest";
import { readJsonl } from "../../src/artifact/jsonLines.ts";
import { writeJsonlGz } from "../support/writeJsonlGz.ts";
import { ArtifactError } from "../../src/errors.ts";
import { contrastsOf, readPairs, type ContrastPair } from "../../src/vhack/pairs.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

type Read = (path: string) => Promise<ContrastPair[]>;

const textRow = {
  pair_id: "p1",
  problem_id: 17,
  prompt_messages: [{ role: "user", content: "Write add(a, b)." }],
  hack: "def run_tests(): pass",
  clean: "def add(a, b): return a + b",
  contrasts: "run_tests defined or not",
};
const tokenRow = { prompt_ids: [1, 2], hack_ids: [3], clean_ids: [4, 5] };

function pairsOf(read: Read, rows: readonly unknown[]): Promise<ContrastPair[]> {
  return withTemporaryFile("pairs.jsonl.gz", async (path) => {
    await writeJsonlGz(path, rows);
    return read(path);
  });
}

const badRows: readonly (readonly [unknown, string])[] = [
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

const asTheyAre: Read = (path) => readJsonl(path, (row) => row as ContrastPair);
const swapped: Read = async (path) =>
  (await readPairs(path)).map((pair): ContrastPair =>
    pair.kind === "text" ? { ...pair, hack: pair.clean, clean: pair.hack } : pair,
  );
/** What was read before the first line that does not fit. */
const badLinesSkipped: Read = (path) => readPairs(path).catch(() => []);

lawsOf<Read>("readPairs", readPairs, (law) => {
  law("reads text pairs and token pairs: one JSON object a line, gzipped or not", {
    for: [],
    holds: async (read) => {
      const rows = [textRow, tokenRow, { ...tokenRow, pair_id: 7, contrasts: "stub or not" }];
      const [text, tokens, named] = await pairsOf(read, rows);
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
    rejects: { "lines taken as they are": [asTheyAre], "hack and clean swapped": [swapped] },
  });

  law("rejects a line that does not fit, naming line and field -> ArtifactError", {
    for: [],
    holds: async (read) => {
      for (const [row, word] of badRows) {
        const failure = await pairsOf(read, [textRow, row]).catch((thrown: unknown) => thrown);
        expect(failure, JSON.stringify(row)).toBeInstanceOf(ArtifactError);
        expect(String(failure)).toMatch(/line 2/);
        expect(String(failure)).toContain(word);
      }
    },
    rejects: { "lines taken as they are": [asTheyAre], "bad lines skipped": [badLinesSkipped] },
  });

  law("rejects an empty file, a repeated pair_id and a file that is not JSON lines -> ArtifactError", {
    for: [],
    holds: async (read) => {
      await expect(pairsOf(read, [])).rejects.toThrow(ArtifactError);
      await expect(pairsOf(read, [textRow, textRow])).rejects.toThrow(/p1 twice/);
      await withTemporaryFile("pairs.jsonl", async (path) => {
        await writeFile(path, "{not json}\n");
        await expect(read(path)).rejects.toThrow(ArtifactError);
      });
    },
    rejects: { "lines taken as they are": [asTheyAre], "bad lines skipped": [badLinesSkipped] },
  });
});

lawsOf("contrastsOf", contrastsOf, (law) => {
  law("lists each statement once, in order of appearance", {
    for: [],
    holds: async (contrasts) => {
      const pairs = await pairsOf(readPairs, [textRow, { ...textRow, pair_id: "p2" }, tokenRow]);
      expect(contrasts(pairs)).toBe("run_tests defined or not; not stated");
    },
    rejects: { "a statement per pair": [(pairs) => pairs.map(({ contrasts }) => contrasts).join("; ")] },
  });
});
