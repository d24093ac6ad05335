import { basename } from "node:path";
import { listFiles } from "../../artifact/listFiles.ts";
import { listSteps, readStep } from "../../artifact/manifest.ts";
import { defaultAdapter, pairMeansPath, runLayout, stepPaths, type AdapterName } from "../../artifact/runLayout.ts";
import { sha256OfFile } from "../../artifact/sha256.ts";
import { ArtifactError } from "../../errors.ts";
import { readPairMeans } from "../../vhack/pairMeansFile.ts";
import { readVHack } from "../../vhack/vHackFile.ts";
import type { Evidence, Reading, StageEvidence, StepEvidence, VHackEvidence } from "./evidence.ts";
import { readSampleGradients } from "./readSampleGradients.ts";
import { readingOf } from "./readingOf.ts";

/**
 * Read everything that R1 to R4 are judged on from an artifacts folder: the pool, an adapter's replays of it, its v_hack and
 * the controls beside that (runLayout has the places).
 *
 * What is missing or broken is part of the evidence; nothing that was foreseen throws.
 *
 * @param vHackPath  a v_hack file to judge in place of the run's own, or null
 */
export async function readEvidence(
  out: string,
  seed: number,
  vHackPath: string | null,
  adapter: AdapterName = defaultAdapter,
): Promise<Evidence> {
  const replays = await readReplays(out, seed, adapter, await readPool(out, seed));
  return { ...replays, ...(await readJudgedVHack(out, seed, adapter, vHackPath)) };
}

export function readPool(out: string, seed: number): Promise<Reading<StageEvidence>> {
  return readStage(runLayout(out, defaultAdapter).pool, `vhack teacher-pool --seed ${seed} --out ${out}`);
}

type JudgedVHack = Pick<Evidence, "vHack" | "pairMeans" | "vHackIsGiven">;

/** An adapter's replays of the pool, with the controls; all evidence but the v_hack that is judged. */
export async function readReplays(
  out: string,
  seed: number,
  adapter: AdapterName,
  pool: Reading<StageEvidence>,
): Promise<Omit<Evidence, keyof JudgedVHack>> {
  const layout = runLayout(out, adapter);
  const flags = flagsOf(out, seed, adapter);
  const replay = (arm: string) => readStage(layout.replay(arm, seed), `vhack replay --arm ${arm} ${flags}`);
  const [vanilla, projected] = [await replay("vanilla"), await replay("projected")];
  const gradients =
    vanilla.kind === "found"
      ? await readSampleGradients(vanilla.path, vanilla.value, `vhack replay --arm vanilla ${flags}`)
      : vanilla;
  const controls = new Map<string, Reading<VHackEvidence>>();
  for (const path of await listFiles(layout.controls, ".safetensors"))
    controls.set(basename(path), await readVHackEvidence(path, flags));
  return { seed, pool, vanilla, projected, gradients, controls };
}

/** The v_hack that is judged, the run's own or a given file, with the mean gradients of its pairs. */
export async function readJudgedVHack(
  out: string,
  seed: number,
  adapter: AdapterName,
  vHackPath: string | null,
): Promise<JudgedVHack> {
  const path = vHackPath ?? runLayout(out, adapter).vHack("nll");
  const flags = flagsOf(out, seed, adapter);
  return {
    vHack: await readVHackEvidence(path, flags),
    pairMeans: await readingOf(pairMeansPath(path), `vhack extract --overwrite ${flags}`, readPairMeans),
    vHackIsGiven: vHackPath !== null,
  };
}

function flagsOf(out: string, seed: number, adapter: AdapterName): string {
  return `${adapter === defaultAdapter ? "" : `--adapter ${adapter} `}--seed ${seed} --out ${out}`;
}

export async function readStage(folder: string, command: string): Promise<Reading<StageEvidence>> {
  const steps = await listSteps(folder);
  if (steps.length === 0) return { kind: "missing", path: folder, command };
  return readingOf(folder, command, () => Promise.all(steps.map((step) => readStepEvidence(folder, step))));
}

/** @throws ArtifactError  as readStep, and where the file holds no rows: shares of none are not numbers */
async function readStepEvidence(folder: string, step: number): Promise<StepEvidence> {
  const path = stepPaths(folder, step).rows;
  const { rows, manifest } = await readStep(folder, step);
  if (rows.length === 0) throw new ArtifactError(`${path}: expected rollouts, got an empty file`);
  return { step, path, rows, manifest };
}

export function readVHackEvidence(path: string, flags: string): Promise<Reading<VHackEvidence>> {
  return readingOf(path, `vhack extract ${flags}`, async () => ({
    vHack: await readVHack(path),
    sha256: await sha256OfFile(path),
  }));
}
