import { shellQuote } from "../shellQuote.ts";
import { preparations, sweepCells } from "./sweepCells.ts";
import type { Sweep } from "./sweepFile.ts";
import { printed } from "./sweepSlurm.ts";

/** One task of a pueue queue on one machine: each waits for the one before. */
export interface PueueTask {
  readonly label: string;
  readonly command: string;
}

export function pueueTasks(sweep: Sweep, vhack: readonly string[]): PueueTask[] {
  const task = (label: string, argv: readonly string[]): PueueTask => ({
    label,
    command: shellQuote([...vhack, ...argv]),
  });
  return [
    ...preparations(sweep).map((argv) => task("prepare", argv)),
    ...sweepCells(sweep).map(({ arm, seed, argv }) => task(`${arm} seed ${seed}`, argv)),
  ];
}

/** @param after  id of the task before, or null for the first */
export function pueueArguments({ label, command }: PueueTask, after: string | null): string[] {
  return ["add", "--print-task-id", "--label", label, ...(after === null ? [] : ["--after", after]), "--", command];
}

/** Queue the chain. @throws ConfigError  there is no pueue here, or it refuses */
export async function queuePueue(tasks: readonly PueueTask[], note: (line: string) => void): Promise<void> {
  let last: string | null = null;
  for (const task of tasks) {
    last = await printed("pueue", pueueArguments(task, last));
    note(`${task.label}: task ${last}`);
  }
}
