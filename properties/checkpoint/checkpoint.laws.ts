import { join } from "node:path";
import { expect } from "vitest";
import { openSafetensors, type SafetensorsFile } from "../../src/artifact/safetensors.ts";
import { openCheckpoint, type Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { ConfigError } from "../../src/errors.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { openHandles } from "../support/openHandles.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";
import { tinyConfig, tinyTensors, writeTinyCheckpoint } from "../support/tinyCheckpoint.ts";

type Open = (dir: string) => Promise<Pick<Checkpoint, "tensorNames" | "read">>;

const untied = { ...tinyConfig, tie_word_embeddings: false };
const held: SafetensorsFile[] = [];
const closeHeld = async () => {
  for (const file of held.splice(0)) await file.close();
};
/** Opens the weights for itself, and leaves them open. */
const holding =
  (when: "always" | "refused"): Open =>
  async (dir) => {
    const file = await openSafetensors(join(dir, "model.safetensors"));
    held.push(file);
    const opened = await openCheckpoint(dir);
    if (when === "refused") await closeHeld();
    return opened;
  };

lawsOf<Open>("openCheckpoint", openCheckpoint, (law) => {
  law("holds no file open, neither between reads nor after a refusal", {
    else: "from Node 25 on, score and generate end with exit code 7 after their work",
    for: [],
    holds: (open) =>
      withTemporaryFile("model", async (dir) => {
        const path = join(dir, "model.safetensors");
        try {
          await writeTinyCheckpoint(dir, tinyConfig, tinyTensors(tinyConfig));
          const checkpoint = await open(dir);
          for (const name of checkpoint.tensorNames) await checkpoint.read(name);
          expect(await openHandles(path)).toBe(0);
          await writeTinyCheckpoint(dir, untied, tinyTensors(tinyConfig));
          await expect(open(dir)).rejects.toThrow(ConfigError);
          expect(await openHandles(path), "after a refusal").toBe(0);
        } finally {
          await closeHeld();
        }
      }),
    rejects: {
      "a checkpoint that keeps its file": [holding("always")],
      "a refusal that keeps its file": [holding("refused")],
    },
  });
});
