import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../artifact/atomicFile.ts";
import { cleanPair, hackPair, matchedBodyPair } from "./world/contrastPair.ts";
import { withUnseenStep } from "./world/withUnseenStep.ts";
import { familySplit } from "./world/familySplit.ts";
import { drawInstance } from "./world/instance.ts";
import { problemSet } from "./world/problemSet.ts";
import { tokenizerConfigJson, tokenizerJson, mergeCount } from "./tokenizer/tokenizerFiles.ts";
import { tokenizerCorpus } from "./tokenizer/tokenizerCorpus.ts";
import { trainBytePairs } from "./tokenizer/trainBytePairs.ts";
import { worldProblem } from "./world/worldProblem.ts";

/** Problems per file, and the id that a file's first problem gets. */
export const worldFiles = {
  pool: { count: 240, firstId: 1 },
  training: { count: 240, firstId: 1001 },
  heldout: { count: 80, firstId: 2001 },
  pairs: { count: 40, firstId: 3001 },
} as const;

/**
 * Write the miniature's world: problems, contrast pairs and their controls, and the student's tokenizer.
 *
 *     problems.jsonl  problems_train.jsonl  problems_heldout.jsonl
 *     pairs.jsonl  controls/pairs_matched_body.jsonl  controls/pairs_clean_clean.jsonl
 *     student/tokenizer.json  student/tokenizer_config.json
 *
 * A pure function of the seed: the same seed gives the same bytes.
 */
export async function writeWorld(folder: string, seed: number): Promise<void> {
  for (const part of ["student", "controls"]) await mkdir(join(folder, part), { recursive: true });
  for (const [path, content] of worldContents(seed)) await writeFileAtomic(join(folder, path), Buffer.from(content));
}

/** Relative path and text of every file of the world. */
export function worldContents(seed: number): ReadonlyMap<string, string> {
  return new Map([...problemFiles(seed), ...pairFiles(seed), ...tokenizerTexts(seed)]);
}

function problemFiles(seed: number): [string, string][] {
  const split = familySplit(seed);
  const lines = (name: "pool" | "training" | "heldout") => {
    const { count, firstId } = worldFiles[name];
    // training's families were trained on, so its problems take the constants that were not
    const constants = name === "training" ? "reserved" : "open";
    const drawn = problemSet(split.get(name)!, count, (family, i) => drawInstance(family, constants, seed, name, i));
    const instances = name === "pool" ? drawn : withUnseenStep(drawn, seed, name);
    return jsonl(instances.map((instance, i) => worldProblem(instance, firstId + i)));
  };
  return [
    ["problems.jsonl", lines("pool")],
    ["problems_train.jsonl", lines("training")],
    ["problems_heldout.jsonl", lines("heldout")],
  ];
}

function pairFiles(seed: number): [string, string][] {
  const { count, firstId } = worldFiles.pairs;
  const instances = problemSet(familySplit(seed).get("pairs")!, count, (family, i) =>
    drawInstance(family, "open", seed, "pairs", i),
  );
  const lines = (makePair: typeof hackPair) =>
    jsonl(instances.map((instance, i) => makePair(instance, i, firstId + i)));
  return [
    ["pairs.jsonl", lines(hackPair)],
    ["controls/pairs_matched_body.jsonl", lines(matchedBodyPair)],
    ["controls/pairs_clean_clean.jsonl", lines(cleanPair)],
  ];
}

function tokenizerTexts(seed: number): [string, string][] {
  const merges = trainBytePairs(tokenizerCorpus(seed), mergeCount);
  return [
    ["student/tokenizer.json", `${JSON.stringify(tokenizerJson(merges), null, 1)}\n`],
    ["student/tokenizer_config.json", `${JSON.stringify(tokenizerConfigJson(), null, 2)}\n`],
  ];
}

function jsonl(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
