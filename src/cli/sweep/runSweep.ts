import { join } from "node:path";
import { writeJson } from "../../artifact/jsonFile.ts";
import { armName, runLayout } from "../../artifact/runLayout.ts";
import { textTable } from "../../report/textTable.ts";
import { readStage } from "../../uat/evidence/readEvidence.ts";
import { sweepSummary, type Estimate, type SweepRow, type SweptCell } from "../../uat/phase2/sweepSummary.ts";
import { namedArms } from "../options/namedArms.ts";
import { shellQuote } from "../shellQuote.ts";
import { runCommands, vhack } from "../runCommands.ts";
import { preparations, sweepCells } from "./sweepCells.ts";
import type { Sweep } from "./sweepFile.ts";
import { pueueArguments, pueueTasks, queuePueue } from "./sweepPueue.ts";
import { sbatchArguments, slurmJobs, submitSlurm } from "./sweepSlurm.ts";

export type SweepExecutor = "local" | "slurm" | "pueue";

/** Where cells run, and how many of those that run here at once. */
export interface SweepChoice {
  readonly executor: SweepExecutor;
  readonly jobs: number;
  readonly dryRun: boolean;
}

/**
 * Run a sweep here, or hand it to a scheduler. Finished steps are kept: the same command resumes.
 */
export async function runSweep(
  sweep: Sweep,
  { executor, jobs, dryRun }: SweepChoice,
  note: (line: string) => void,
): Promise<void> {
  if (executor === "local") await runHere(sweep, jobs, dryRun, note);
  else if (dryRun) dryRunOf(sweep, executor).forEach((line) => console.log(line));
  else if (executor === "slurm") await submitSlurm(slurmJobs(sweep, vhack), sweep.out, note);
  else await queuePueue(pueueTasks(sweep, vhack), note);
}

/** What would be written and run, to the letter but for the ids that a scheduler hands out. */
function dryRunOf(sweep: Sweep, executor: "slurm" | "pueue"): string[] {
  if (executor === "pueue") {
    const tasks = pueueTasks(sweep, vhack);
    return tasks.map((task, place) =>
      shellQuote(["pueue", ...pueueArguments(task, place === 0 ? null : `<id of "${tasks[place - 1]!.label}">`)]),
    );
  }
  return slurmJobs(sweep, vhack).flatMap((job) => [
    `# ${join(sweep.out, "slurm", `${job.name}.sbatch`)}`,
    job.script,
    shellQuote(["sbatch", ...sbatchArguments(job, sweep.out, (name) => `<id of ${name}>`)]),
    "",
  ]);
}

async function runHere(sweep: Sweep, jobs: number, dryRun: boolean, note: (line: string) => void): Promise<void> {
  const [before, cells] = [preparations(sweep), sweepCells(sweep).map(({ argv }) => argv)];
  if (dryRun) {
    for (const argv of [...before, ...cells]) console.log(shellQuote([...vhack, ...argv]));
    return;
  }
  const exitCode = (await runCommands(before, 1, note)) || (await runCommands(cells, jobs, note));
  if (exitCode !== 0) {
    process.exitCode = exitCode;
    return;
  }
  const rows = sweepSummary(await readCells(sweep));
  await writeJson(join(sweep.out, "sweep.json"), rows);
  console.log(sweepTable(rows));
}

/** The finished cells; a cell that a scheduler has not finished is left out. */
export async function readCells(sweep: Sweep): Promise<SweptCell[]> {
  const cells = await Promise.all(
    sweepCells(sweep).map(async ({ arm: name, seed, argv }) => {
      const { arm, adapter } = namedArms.get(name)!;
      const folder = runLayout(sweep.out, adapter).trajectory(arm, seed);
      const reading = await readStage(folder, shellQuote(["vhack", ...argv]));
      return { arm: name, vanilla: armName("vanilla", adapter), seed, reading };
    }),
  );
  return cells.flatMap(({ reading, ...cell }) => (reading.kind === "found" ? [{ ...cell, stage: reading.value }] : []));
}

export function sweepTable(rows: readonly SweepRow[]): string {
  const head = [
    "arm",
    "seeds",
    "before",
    "after 15",
    "held out",
    "rise",
    "under vanilla",
    "solves",
    "cos_update",
    "teacher tokens off",
  ];
  return textTable(
    head,
    rows.map(({ arm, start, end, heldoutEnd, rise, under, solveEnd, cosUpdate, teacherOutside }) => [
      arm,
      String(end.n),
      ...[start, end, heldoutEnd, rise].map(shown),
      under === null ? "-" : shown(under),
      ...[solveEnd, cosUpdate, teacherOutside].map(shown),
    ]),
  );
}

function shown({ mean, standardError }: Estimate): string {
  if (Number.isNaN(mean)) return "not measured";
  return standardError === null ? mean.toFixed(3) : `${mean.toFixed(3)} ± ${standardError.toFixed(3)}`;
}
