import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { writeFileAtomic } from "../../artifact/atomicFile.ts";
import { ConfigError } from "../../errors.ts";
import { shellQuote } from "../shellQuote.ts";
import { preparations, sweepCells } from "./sweepCells.ts";
import type { Sweep } from "./sweepFile.ts";

/** One script for Slurm, and which of the others it waits for. */
export interface SlurmJob {
  readonly name: string;
  readonly script: string;
  /** name of the job that must have succeeded before */
  readonly after: string | null;
}

/**
 * A sweep as Slurm jobs: one that prepares what cells share, then an array per arm with a task per seed, which wait for it.
 * Resubmitting resumes.
 */
export function slurmJobs(sweep: Sweep, vhack: readonly string[]): SlurmJob[] {
  const cells = sweepCells(sweep);
  const command = (argv: readonly string[]) => shellQuote([...vhack, ...argv]);
  const prepare: SlurmJob = {
    name: "prepare",
    script: header("prepare", sweep, null) + preparations(sweep).map(command).join("\n") + "\n",
    after: null,
  };
  const arms = sweep.arms.map((arm): SlurmJob => {
    const tasks = cells.filter((cell) => cell.arm === arm).map(({ argv }, task) => `  ${task}) ${command(argv)} ;;`);
    const script = `${header(arm, sweep, sweep.seeds.length)}case "$SLURM_ARRAY_TASK_ID" in\n${tasks.join("\n")}\nesac\n`;
    return { name: arm, script, after: "prepare" };
  });
  return [prepare, ...arms];
}

function header(name: string, { out }: Sweep, tasks: number | null): string {
  const log = join(out, "slurm", tasks === null ? `${name}-%j.log` : `${name}-%A_%a.log`);
  const array = tasks === null ? "" : `#SBATCH --array=0-${tasks - 1}\n`;
  return `#!/bin/sh\n#SBATCH --job-name=vhack-${name}\n#SBATCH --output=${log}\n${array}set -eu\n`;
}

/** What submission would run, in order; `$name` stands for the id of an earlier job. */
export function sbatchArguments({ name, after }: SlurmJob, out: string, idOf: (name: string) => string): string[] {
  const dependency = after === null ? [] : [`--dependency=afterok:${idOf(after)}`];
  return ["--parsable", ...dependency, join(out, "slurm", `${name}.sbatch`)];
}

/** Write the scripts and submit them. @throws ConfigError  there is no sbatch here, or it refuses */
export async function submitSlurm(jobs: readonly SlurmJob[], out: string, note: (line: string) => void): Promise<void> {
  const ids = new Map<string, string>();
  for (const job of jobs) {
    await writeFileAtomic(join(out, "slurm", `${job.name}.sbatch`), new TextEncoder().encode(job.script));
    const words = sbatchArguments(job, out, (name) => ids.get(name)!);
    const id = await printed("sbatch", words);
    ids.set(job.name, id.split(";")[0]!);
    note(`${job.name}: job ${id}`);
  }
}

/** What a scheduler's client prints. @throws ConfigError  it is not installed, or it fails */
export async function printed(program: string, words: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(program, [...words])).stdout.trim();
  } catch (cause) {
    throw new ConfigError(
      `${shellQuote([program, ...words])}: expected the scheduler to take the job, got ${String(cause)}; see what would run with --dry-run`,
      cause,
    );
  }
}
