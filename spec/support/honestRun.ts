import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "../../src/artifact/atomicFile.ts";
import { contentHash } from "./contentHash.ts";
import { madeOnce } from "./madeOnce.ts";
import { runVHack } from "./runVHack.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const cacheFolder = join(root, "out", ".cache");

/** Weight SVDs, kept by the weights' own hash. */
export const svdCache = join(cacheFolder, "weight-svd");

/** The default seed of the command line. */
export const runSeed = 41;

/** Problems of the run: each is a step of 8 rollouts. */
export const runSteps = 12;

/** `vhack` arguments of the suites' run, without --out. */
export const runArguments = [
  "chain",
  "--steps",
  String(runSteps),
  "--max-new-tokens",
  "190",
  "--offline",
  "--seed",
  String(runSeed),
  "--cache",
  svdCache,
];

/**
 * Artifacts of the chain on the embedded miniature: pool, v_hack with its controls, both replays.
 *
 * Made by the command line itself, once per content of src/ and fixtures/miniature, and kept under out/.cache.
 */
export async function honestRun(): Promise<string> {
  const hash = await contentHash(root, ["src", "fixtures/miniature"]);
  const out = join(cacheFolder, `miniature-${hash.slice(0, 16)}`);
  const finished = join(out, "finished");
  await madeOnce(finished, async () => {
    await runVHack([...runArguments, "--out", out]);
    await writeFileAtomic(finished, new TextEncoder().encode(runArguments.join(" ")));
  });
  return out;
}
