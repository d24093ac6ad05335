import { mkdir } from "node:fs/promises";
import { applyKnobs } from "../../adapter/adapter.ts";
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
import { writeVHack, type HackDirections, type VHack } from "../../vhack/vHackFile.ts";
import { pairGradients, type PairGradients, type PairLoss, type PairRun } from "./pairGradients.ts";
import { softwareVersion } from "../softwareVersion.ts";

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
  readonly seed: number;
}

/** Files of contrast pairs: v_hack's own, and by name those that must not discriminate. */
export interface PairFiles {
  readonly pairs: string;
  readonly controls: ReadonlyMap<string, string>;
}

/** What an extraction runs in. */
export interface ExtractionRun extends PairRun {
  /** the artifacts folder */
  readonly out: string;
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
export async function extractVHack(run: ExtractionRun, files: PairFiles, extraction: Extraction): Promise<void> {
  const layout = runLayout(run.out, run.adapter.kind);
  const path = layout.vHack(extraction.loss.name);
  await mkdir(layout.controls, { recursive: true });
  const extracted = await fromPairs(run, files.pairs, extraction);
  const { meanHack, meanClean } = extracted.differences;
  await writePairMeans(path, run.adapter.layout, meanHack, meanClean, extracted.metadata);
  if (extraction.loss.name === "nll") {
    await writeControls(extracted, extraction, layout);
    for (const [name, pairs] of files.controls)
      await writeVHack(layout.control(name), vHackOf(await fromPairs(run, pairs, extraction)));
  }
  // last: where it is there, all of the above is, and a killed extraction is made again
  await writeVHack(path, vHackOf(extracted));
}

interface Extracted {
  readonly directions: Directions;
  readonly differences: PairGradients;
  readonly metadata: Record<string, string>;
}

function vHackOf({ directions, metadata }: Extracted): VHack {
  return { modules: directions, metadata };
}

/** The controls that need no gradients of their own. */
async function writeControls(extracted: Extracted, extraction: Extraction, layout: RunLayout): Promise<void> {
  const { directions, differences, metadata } = extracted;
  const control = (name: string, modules: Directions, contrasts: string): Promise<void> =>
    writeVHack(layout.control(name), { modules, metadata: { ...metadata, contrasts } });
  const rng = (name: string) => seededRng(extraction.seed, "control", name);
  await control("random", randomDirections(directions, rng("random")), "nothing: random orthonormal rows");
  const shuffled = directionsOf(shuffledLabels(differences, rng("shuffled labels")), extraction);
  const halfFlipped = `the same pairs with half of the labels flipped (${metadata["contrasts"]})`;
  await control("shuffled_labels", shuffled, halfFlipped);
}

async function fromPairs(run: ExtractionRun, path: string, extraction: Extraction): Promise<Extracted> {
  const { loaded, adapter } = run;
  const pairs = await readPairs(path);
  const knobs = adapter.initialKnobs();
  await applyKnobs(loaded.model, adapter, knobs);
  const differences = await pairGradients(run, knobs, pairs, extraction.loss);
  loaded.model.useBase();
  knobs.dispose();
  const described = vHackMetadata({
    loss: extraction.loss.name,
    basis: adapter.kind,
    direction: extraction.direction,
    k: extraction.k,
    pairsSha256: await sha256OfFile(path),
    modelHash: loaded.hash,
    contrasts: contrastsOf(pairs),
    softwareVersion,
  });
  const isLimited = Number.isFinite(loaded.model.config.maxPositionEmbeddings);
  const metadata: Record<string, string> = {
    ...described,
    knobs: adapter.basis,
    ...(isLimited ? {} : { beyond_positions: "true" }),
  };
  return { directions: directionsOf(differences, extraction), differences, metadata };
}

function directionsOf(differences: Differences, { direction, k, weakRows, lowestRows }: Extraction): Directions {
  const all = direction === "mean" ? extractMean(differences) : extractSvd(differences, k);
  const strong = weakRows === 0 ? all : dropWeakRows(all, weakRows);
  return lowestRows === 0 ? strong : dropLowestRows(strong, lowestRows);
}
