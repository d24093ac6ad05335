import { basename, join } from "node:path";
import { listFiles } from "../../artifact/listFiles.ts";
import { listSteps, readStep, stepPaths } from "../../artifact/manifest.ts";
import { sha256OfFile } from "../../artifact/sha256.ts";
import { ArtifactError } from "../../errors.ts";
import { pairMeansPath, readPairMeans } from "../../vhack/pairMeansFile.ts";
import { readVHack } from "../../vhack/vHackFile.ts";
import type { Evidence, Reading, StageEvidence, StepEvidence, VHackEvidence } from "./evidence.ts";
import { readSampleGradients } from "./readSampleGradients.ts";
import { readingOf } from "./readingOf.ts";

/**
 * Read everything that R1 to R4 are judged on from an artifacts folder.
 *
 *     OUT/probe_distill/{teacher_pool, vanilla_seedS, projected_seedS}/step_000.jsonl.gz ...
 *     OUT/vhack/v_hack_full.safetensors, OUT/vhack/controls/*.safetensors
 *
 * What is missing or broken is part of the evidence; nothing that was foreseen throws.
 *
 * @param vHackPath  a v_hack file to judge in place of the run's own, or null
 */
export function readEvidence(out: string, seed: number, vHackPath: string | null): Promise<Evidence> {
  return readAdapterEvidence(out, seed, vHackPath, antipastoNames);
}

/** Where an adapter's artifacts lie. */
interface AdapterNames {
  readonly suffix: string; // of the replays' folders
  readonly flag: string;
  readonly vHack: string;
  readonly controls: string;
}

const antipastoNames: AdapterNames = { suffix: "", flag: "", vHack: "v_hack_full", controls: "controls" };
export const loraNames: AdapterNames = {
  suffix: "_lora",
  flag: "--adapter lora ",
  vHack: "v_hack_lora",
  controls: "controls_lora",
};

/** As readEvidence, of any adapter's replays of the same pool. */
export async function readAdapterEvidence(
  out: string,
  seed: number,
  vHackPath: string | null,
  names: AdapterNames,
): Promise<Evidence> {
  const flags = `${names.flag}--seed ${seed} --out ${out}`;
  const stage = (folder: string, command: string) =>
    readStage(join(out, "probe_distill", folder), `${command} ${flags}`);
  const pool = await readStage(
    join(out, "probe_distill", "teacher_pool"),
    `vhack teacher-pool --seed ${seed} --out ${out}`,
  );
  const vanilla = await stage(`vanilla${names.suffix}_seed${seed}`, "vhack replay --arm vanilla");
  const projected = await stage(`projected${names.suffix}_seed${seed}`, "vhack replay --arm projected");
  const vHackFile = vHackPath ?? join(out, "vhack", `${names.vHack}.safetensors`);
  const controls = new Map<string, Reading<VHackEvidence>>();
  for (const path of await listFiles(join(out, "vhack", names.controls), ".safetensors"))
    controls.set(basename(path), await readVHackEvidence(path, flags));
  return {
    seed,
    pool,
    vanilla,
    projected,
    gradients:
      vanilla.kind === "found"
        ? await readSampleGradients(vanilla.path, vanilla.value, `vhack replay --arm vanilla ${flags}`)
        : vanilla,
    vHack: await readVHackEvidence(vHackFile, flags),
    pairMeans: await readingOf(pairMeansPath(vHackFile), `vhack extract --overwrite ${flags}`, readPairMeans),
    vHackIsGiven: vHackPath !== null,
    controls,
  };
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
