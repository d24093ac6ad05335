import { rm } from "node:fs/promises";
import { Command, Option } from "commander";
import { alone, withRunLock } from "../artifact/runLock.ts";
import { runLayout } from "../artifact/runLayout.ts";
import { usualAdamW } from "../optim/adamw.ts";
import { openVHack } from "../probe/openVHack.ts";
import type { Progress } from "../probe/progress.ts";
import { replay } from "../probe/replay/replay.ts";
import { replayStage } from "../probe/replay/replayStage.ts";
import type { Arm } from "../probe/replay/replayStep.ts";
import { identityOf, type Student } from "../probe/run.ts";
import { projector } from "../projection/gates.ts";
import { readVHack } from "../vhack/vHackFile.ts";
import { withAdapter, type AdapterOptions } from "./options/adapter.ts";
import { startChosenBackend } from "./options/backend.ts";
import { vHackFileOf, withGate, type GateOptions } from "./options/gate.ts";
import { positive } from "./options/numbers.ts";
import { withRun, type RunOptions } from "./options/run.ts";
import { terminalProgress } from "./terminalProgress.ts";
import { positionsRecord } from "./options/model.ts";
import { withStudent } from "./withStudent.ts";

export interface ReplayOptions extends GateOptions {
  readonly arm: Arm;
  readonly lr: number;
}

export function withReplay(command: Command): Command {
  return withGate(command).option("--lr <x>", "learning rate of AdamW", positive, 1e-3);
}

/** `vhack replay`: stage 3. */
export function replayCommand(): Command {
  return withReplay(withAdapter(withRun(new Command("replay"))))
    .description(
      "Stage 3: replay the pool by NLL; per-sample cosines with v_hack, projection, AdamW. Resumes bit for bit.",
    )
    .addOption(
      new Option("--arm <name>", "vanilla only measures, projected removes")
        .choices(["vanilla", "projected"])
        .makeOptionMandatory(),
    )
    .action(async (options: RunOptions & AdapterOptions & ReplayOptions) => {
      const progress = terminalProgress(process.stderr);
      const { arm, adapter, seed, out } = options;
      await withRunLock(out, alone(`replay ${arm} ${adapter} seed ${seed}`), async () => {
        await readVHack(vHackFileOf(options)); // a file that cannot be used ends the command before the model is opened
        await startChosenBackend(options);
        await withStudent(options, progress, (student) => runReplay(options, student, progress));
      });
    });
}

/** Stage 3 as the command line runs it. */
export async function runReplay(
  options: RunOptions & AdapterOptions & ReplayOptions,
  student: Student,
  progress: Progress,
): Promise<void> {
  const { arm, gate, overshoot, lr, seed, out } = options;
  const layout = runLayout(out, options.adapter);
  const vHack = await openVHack(vHackFileOf(options), student.adapter);
  const preserveMagnitude = options.preserveMagnitude ?? false;
  const identity = identityOf(student.loaded, {
    stage: `replay ${arm}`,
    vHackHash: vHack.hash,
    seed,
    config: {
      arm,
      gate,
      overshoot,
      preserveMagnitude,
      lr,
      adapter: student.adapter.basis,
      adamW: usualAdamW,
      ...positionsRecord(options),
    },
  });
  const folder = layout.replay(arm, seed);
  if (options.overwrite) await rm(folder, { recursive: true, force: true });
  const settings = {
    arm,
    project: projector(gate, overshoot, preserveMagnitude),
    learningRate: lr,
    adamW: usualAdamW,
    rowsAtOnce: options.batch,
    stage: replayStage,
  };
  await replay({ ...student, identity, folder, progress }, vHack.table, settings, layout.pool);
  vHack.table.dispose();
}
