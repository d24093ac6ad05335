import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../artifact/atomicFile.ts";
import { sha256OfFile } from "../artifact/sha256.ts";
import type { TrainStage } from "./train/trainStage.ts";

/** Say beside the miniature how it came about: command, seed, stages, and the SHA-256 of every file. */
export async function writeProvenance(folder: string, seed: number, stages: readonly TrainStage[]): Promise<void> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name !== "provenance.json")
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, "/").length))
    .toSorted();
  const sha256 = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await sha256OfFile(join(folder, name))] as const)),
  );
  const provenance = {
    schema_version: 1,
    what: "constructed positive control with its negative controls; no evidence for the science (docs/miniature.md)",
    command: "npm run miniature",
    seed,
    stages,
    sha256,
  };
  await writeFileAtomic(join(folder, "provenance.json"), Buffer.from(`${JSON.stringify(provenance, null, 2)}\n`));
}
