import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileExists } from "./fileExists.ts";

/** Adapters, by the name that flags and files carry. */
export const adapterNames = ["antipasto", "lora"] as const;
export type AdapterName = (typeof adapterNames)[number];
/** Its files carry no adapter's name: they are called as in the research code. */
export const defaultAdapter = "antipasto" satisfies AdapterName;

/** Where the artifacts of one adapter are in a run's folder. */
export interface RunLayout {
  readonly adapter: AdapterName;
  /** folder of the teacher pool's steps, which all adapters share */
  readonly pool: string;
  /** folder of a replay's steps */
  replay(arm: string, seed: number): string;
  /** folder of a GRPO arm's steps */
  trajectory(arm: string, seed: number): string;
  /** folder of the teacher's rows of a GRPO run, which all its arms share */
  teacherRows(seed: number): string;
  /** v_hack from gradients of this loss */
  vHack(loss: "nll" | "grpo"): string;
  /** folder of the negative controls beside v_hack */
  readonly controls: string;
  control(name: string): string;
  /** the page that `uat` leaves */
  readonly report: string;
}

/**
 * The layout of an artifacts folder:
 *
 *     OUT/probe_distill/teacher_pool/                 steps
 *     OUT/probe_distill/ARM_seedS/                    steps; ARM is vanilla, projected, vanilla_lora, ...
 *     OUT/probe_grpo/{teacher, ARM}_seedS/            steps
 *     OUT/vhack/v_hack_full.safetensors               NLL loss; v_hack_lora for LoRA
 *     OUT/vhack/v_hack_grpo.safetensors               GRPO loss; v_hack_lora_grpo for LoRA
 *     OUT/vhack/controls/NAME.safetensors             controls_lora for LoRA
 *     OUT/report.html
 */
export function runLayout(out: string, adapter: AdapterName): RunLayout {
  const named = (name: string) => armName(name, adapter);
  const vHacks = { nll: adapter === defaultAdapter ? "v_hack_full" : named("v_hack"), grpo: `${named("v_hack")}_grpo` };
  const controls = join(out, "vhack", named("controls"));
  return {
    adapter,
    pool: join(out, "probe_distill", "teacher_pool"),
    replay: (arm, seed) => join(out, "probe_distill", `${named(arm)}_seed${seed}`),
    trajectory: (arm, seed) => join(out, "probe_grpo", `${named(arm)}_seed${seed}`),
    teacherRows: (seed) => join(out, "probe_grpo", `teacher_seed${seed}`),
    vHack: (loss) => join(out, "vhack", `${vHacks[loss]}.safetensors`),
    controls,
    control: (name) => join(controls, `${name}.safetensors`),
    report: join(out, "report.html"),
  };
}

/** The folders of an artifacts folder that runs write into, as far as they are there. */
export async function runFolders(out: string): Promise<string[]> {
  const folders = [out];
  for (const top of ["vhack", "probe_distill", "probe_grpo"].map((name) => join(out, name))) {
    if (!(await fileExists(top))) continue;
    const entries = await readdir(top, { withFileTypes: true });
    folders.push(top, ...entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(top, name)));
  }
  return folders;
}

/** An arm with an adapter's knobs, in one word: `projected`, `projected_lora`. */
export function armName(arm: string, adapter: AdapterName): string {
  return adapter === defaultAdapter ? arm : `${arm}_${adapter}`;
}

/** Mean gradients of the pairs that a v_hack file was made from: beside it. */
export function pairMeansPath(vHackPath: string): string {
  return vHackPath.replace(/\.safetensors$/, "") + ".pairs.safetensors";
}

/** The files of an accepted v_hack: it and its statistics. */
export function baselineLayout(folder: string): { readonly vHack: string; readonly statistics: string } {
  return { vHack: join(folder, "v_hack.safetensors"), statistics: join(folder, "baseline.json") };
}

/** Files that a step may have beside its rows and its manifest. */
export const stepExtras = {
  gradients: "grads.safetensors",
  state: "state.safetensors",
  logps: "logps.safetensors",
} as const;

/** The files of one step. */
export interface StepPaths {
  readonly rows: string;
  readonly manifest: string;
  extra(name: string): string;
}

/** `step_000.jsonl.gz`, `step_000.manifest.json`, `step_000.NAME` */
export function stepPaths(folder: string, step: number): StepPaths {
  const stem = join(folder, `step_${String(step).padStart(3, "0")}`);
  return { rows: `${stem}.jsonl.gz`, manifest: `${stem}.manifest.json`, extra: (name) => `${stem}.${name}` };
}

/** The step of a rows file, or null for another file's name. */
export function stepOfRows(name: string): number | null {
  const digits = /^step_(\d{3,})\.jsonl\.gz$/.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}
