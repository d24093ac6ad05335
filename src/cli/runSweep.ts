import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Table from "cli-table3";
import { writeJson } from "../artifact/jsonFile.ts";
import { grpoFolder } from "../probe/grpo.ts";
import { readStage } from "../uat/readEvidence.ts";
import { sweepSummary, type Estimate, type SweepRow, type SweptCell } from "../uat/sweepSummary.ts";
import { shellQuote } from "./shellQuote.ts";
import { preparations, sweepCells, type Argv } from "./sweepCells.ts";
import type { Sweep } from "./sweepFile.ts";
import { pueueArguments, pueueTasks, queuePueue } from "./sweepPueue.ts";
import { sbatchArguments, slurmJobs, submitSlurm } from "./sweepSlurm.ts";

export type SweepExecutor = "local" | "slurm" | "pueue";

/** How this program starts itself. */
const vhack = [process.execPath, fileURLToPath(new URL("../../bin/vhack.js", import.meta.url))];

/** Run a sweep here, one cell after the other, or hand it to a scheduler. Finished steps are kept: the same command resumes. */
export async function runSweep(sweep: Sweep, executor: SweepExecutor, dryRun: boolean, note: (line: string) => void): Promise<void> {
  if (executor === "local") await runHere(sweep, dryRun, note);
  else if (dryRun) dryRunOf(sweep, executor).forEach((line) => console.log(line));
  else if (executor === "slurm") await submitSlurm(slurmJobs(sweep, vhack), sweep.out, note);
  else await queuePueue(pueueTasks(sweep, vhack), note);
}

/** What would be written and run, to the letter but for the ids that a scheduler hands out. */
function dryRunOf(sweep: Sweep, executor: "slurm" | "pueue"): string[] {
  if (executor === "pueue") {
    const tasks = pueueTasks(sweep, vhack);
    return tasks.map((task, place) => shellQuote(["pueue", ...pueueArguments(task, place === 0 ? null : `<id of "${tasks[place - 1]!.label}">`)]));
  }
  return slurmJobs(sweep, vhack).flatMap((job) => [
    `# ${join(sweep.out, "slurm", `${job.name}.sbatch`)}`,
    job.script,
    shellQuote(["sbatch", ...sbatchArguments(job, sweep.out, (name) => `<id of ${name}>`)]),
    "",
  ]);
}

async function runHere(sweep: Sweep, dryRun: boolean, note: (line: string) => void): Promise<void> {
  const commands: Argv[] = [...preparations(sweep), ...sweepCells(sweep).map(({ argv }) => argv)];
  for (const argv of commands) {
    if (dryRun) console.log(shellQuote([...vhack, ...argv]));
    else if ((process.exitCode = await run(argv, note)) !== 0) return; // the run has said why
  }
  if (dryRun) return;
  const rows = sweepSummary(await readCells(sweep));
  await writeJson(join(sweep.out, "sweep.json"), rows);
  console.log(sweepTable(rows));
}

/** One command in a process of its own; its exit code. */
function run(argv: Argv, note: (line: string) => void): Promise<number> {
  note(shellQuote(["vhack", ...argv]));
  return new Promise((resolve, reject) => {
    const child = spawn(vhack[0]!, [...vhack.slice(1), ...argv], { stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 3)));
  });
}

/** The finished cells; a cell that a scheduler has not finished is left out. */
export async function readCells(sweep: Sweep): Promise<SweptCell[]> {
  const cells = await Promise.all(
    sweepCells(sweep).map(async ({ arm, seed, argv }) => ({ arm, seed, reading: await readStage(grpoFolder(sweep.out, arm, seed), shellQuote(["vhack", ...argv])) })),
  );
  return cells.flatMap(({ arm, seed, reading }) => (reading.kind === "found" ? [{ arm, seed, stage: reading.value }] : []));
}

export function sweepTable(rows: readonly SweepRow[]): string {
  const head = ["arm", "seeds", "before", "after 15", "held out", "rise", "under vanilla", "solves", "cos_update", "teacher tokens off"];
  const table = new Table({ head, style: { head: [], border: [], compact: true } });
  for (const { arm, start, end, heldoutEnd, rise, under, solveEnd, cosUpdate, teacherOutside } of rows)
    table.push([arm, end.n, ...[start, end, heldoutEnd, rise].map(shown), under === null ? "-" : shown(under), ...[solveEnd, cosUpdate, teacherOutside].map(shown)]);
  return table.toString();
}

function shown({ mean, standardError }: Estimate): string {
  if (Number.isNaN(mean)) return "not measured";
  return standardError === null ? mean.toFixed(3) : `${mean.toFixed(3)} ± ${standardError.toFixed(3)}`;
}
