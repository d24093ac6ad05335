import { mkdir } from "node:fs/promises";
import { applyKnobs, type Adapter } from "../../adapter/adapter.ts";
import { runLayout, type RunLayout } from "../../artifact/runLayout.ts";
import { sha256OfFile } from "../../artifact/sha256.ts";
import { seededRng } from "../../numeric/rng.ts";
import { randomDirections, shuffledLabels } from "../../vhack/controls.ts";
import type { Differences } from "../../vhack/differences.ts";
import { extractMean } from "../../vhack/extractMean.ts";
import { extractSvd } from "../../vhack/extractSvd.ts";
import { dropLowestRows, dropWeakRows } from "../../vhack/noiseFloor.ts";
import { writePairMeans } from "../../vhack/pairMeansFile.ts";
import { contrastsOf, readPairs } from "../../vhack/pairs.ts";
import { vHackMetadata } from "../../vhack/vHackMetadata.ts";
import { writeVHack, type HackDirections } from "../../vhack/vHackFile.ts";
import { pairGradients, type PairLoss } from "./pairGradients.ts";
import type { Progress } from "../progress.ts";
import { softwareVersion } from "../softwareVersion.ts";
import type { Student } from "../student.ts";

type Directions = Map<string, HackDirections>;

/** How directions come out of pair differences. */
export interface Extraction {
  readonly direction: "mean" | "svd";
  readonly k: number;
  /** drop rows with S_i / S_0 under this, 0 drops none */
  readonly weakRows: number;
  /** drop this lowest fraction of all rows of all modules, 0 drops none */
  readonly lowestRows: number;
  readonly loss: PairLoss;
  readonly pairsAtOnce: number;
  readonly seed: number;
}

/**
 * Stage 2: v_hack from contrast pairs, and its negative controls from the same gradients.
 *
 *     v_hack_full.safetensors (or v_hack_grpo, v_hack_lora, v_hack_lora_grpo)
 *     v_hack_full.pairs.safetensors           mean gradients of the pairs' completions, that v_hack is checked against
 *     controls/random.safetensors             random orthonormal rows of the same shape
 *     controls/shuffled_labels.safetensors    half of the pairs count their hack completion as the clean one
 *     controls/NAME.safetensors               from each control pairs file NAME.jsonl
 *
 * @throws ConfigError, ArtifactError  the pairs cannot be read
 * @throws NonFiniteError              a gradient is NaN or infinite
 */
export async function extractVHack(
  student: Student,
  adapter: Adapter,
  pairsPath: string,
  controlPairPaths: ReadonlyMap<string, string>,
  extraction: Extraction,
  out: string,
  progress: Progress,
): Promise<void> {
  const layout = runLayout(out, adapter.kind);
  const path = layout.vHack(extraction.loss.name);
  await mkdir(layout.controls, { recursive: true });
  const { directions, differences, metadata } = await fromPairs(student, adapter, pairsPath, extraction, progress);
  await writePairMeans(path, adapter.layout, differences.meanHack, differences.meanClean, metadata);
  if (extraction.loss.name === "nll")
    await writeControls(
      student,
      adapter,
      { directions, differences, metadata },
      controlPairPaths,
      extraction,
      layout,
      progress,
    );
  // last: where it is there, all of the above is, and a killed extraction is made again
  await writeVHack(path, { modules: directions, metadata });
}

async function writeControls(
  student: Student,
  adapter: Adapter,
  { directions, differences, metadata }: Awaited<ReturnType<typeof fromPairs>>,
  controlPairPaths: ReadonlyMap<string, string>,
  extraction: Extraction,
  layout: RunLayout,
  progress: Progress,
): Promise<void> {
  const control = (name: string, modules: Directions, contrasts: string): Promise<void> =>
    writeVHack(layout.control(name), { modules, metadata: { ...metadata, contrasts } });
  const rng = (name: string) => seededRng(extraction.seed, "control", name);
  await control("random", randomDirections(directions, rng("random")), "nothing: random orthonormal rows");
  const shuffled = directionsOf(shuffledLabels(differences, rng("shuffled labels")), extraction);
  await control(
    "shuffled_labels",
    shuffled,
    `the same pairs with half of the labels flipped (${metadata["contrasts"]})`,
  );
  for (const [name, controlPath] of controlPairPaths) {
    const made = await fromPairs(student, adapter, controlPath, extraction, progress);
    await writeVHack(layout.control(name), { modules: made.directions, metadata: made.metadata });
  }
}

async function fromPairs(student: Student, adapter: Adapter, path: string, extraction: Extraction, progress: Progress) {
  const pairs = await readPairs(path);
  const knobs = adapter.initialKnobs();
  await applyKnobs(student.model, adapter, knobs);
  const differences = await pairGradients(
    student,
    adapter,
    knobs,
    pairs,
    extraction.loss,
    extraction.pairsAtOnce,
    progress,
  );
  student.model.useBase();
  knobs.dispose();
  const described = vHackMetadata({
    loss: extraction.loss.name,
    basis: adapter.kind,
    direction: extraction.direction,
    k: extraction.k,
    pairsSha256: await sha256OfFile(path),
    modelHash: student.hash,
    contrasts: contrastsOf(pairs),
    softwareVersion,
    svdCacheHashes: "",
  });
  const metadata: Record<string, string> = { ...described, knobs: adapter.basis };
  return { directions: directionsOf(differences, extraction), differences, metadata };
}

function directionsOf(differences: Differences, { direction, k, weakRows, lowestRows }: Extraction): Directions {
  const all = direction === "mean" ? extractMean(differences) : extractSvd(differences, k);
  const strong = weakRows === 0 ? all : dropWeakRows(all, weakRows);
  return lowestRows === 0 ? strong : dropLowestRows(strong, lowestRows);
}
