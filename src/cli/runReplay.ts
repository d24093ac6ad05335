import { rm } from "node:fs/promises";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { expectWritableFolder } from "../artifact/expectWritableFolder.ts";
import { runLayout } from "../artifact/runLayout.ts";
import { sha256OfFile } from "../artifact/sha256.ts";
import type { Progress } from "../probe/progress.ts";
import { replay } from "../probe/replay/replay.ts";
import type { Arm } from "../probe/replay/replayStep.ts";
import { honestReplay } from "../probe/replay/replayParts.ts";
import { openAdapter } from "../probe/openAdapter.ts";
import { openStudent } from "../probe/student.ts";
import { projector, type gates } from "../projection/gates.ts";
import { readVHack } from "../vhack/vHackFile.ts";
import { vHackOfBasis } from "../probe/vHackOfBasis.ts";
import { vHackTable } from "../vhack/vHackTable.ts";
import { resolveDir } from "./options/resolveDirs.ts";
import { adapterChoice, type AdapterOptions, type RunOptions } from "./options/runOptions.ts";

export interface ReplayOptions {
  readonly arm: Arm;
  readonly vHackPath?: string;
  readonly gate: keyof typeof gates;
  readonly overshoot: number;
  readonly preserveMagnitude?: true;
  readonly lr: number;
}

const adamW = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 };

/** Stage 3 as the command line runs it. */
export async function runReplay(
  options: RunOptions & AdapterOptions & ReplayOptions,
  progress: Progress,
): Promise<void> {
  const { arm, gate, overshoot, lr, seed, out } = options;
  await expectWritableFolder(out);
  const layout = runLayout(out, options.adapter);
  const vHackFile = options.vHackPath ?? layout.vHack("nll");
  const vHack = await readVHack(vHackFile);
  const student = await openStudent(await resolveDir(options.model, options.offline ?? false, progress), null);
  const adapter = await openAdapter(student, adapterChoice(options), options.cache, progress);
  const { data, shape } = vHackTable(vHackOfBasis(vHack, adapter, vHackFile), adapter.layout);
  const table: Tensor3D = tf.tensor3d(data, shape);
  const keepNorm = options.preserveMagnitude ?? false;
  const identity = {
    stage: `replay ${arm}`,
    modelHash: student.hash,
    tokenizerHash: student.tokenizer.hash,
    vHackHash: await sha256OfFile(vHackFile),
    seed,
    config: { arm, gate, overshoot, preserveMagnitude: keepNorm, lr, adapter: adapter.basis, adamW },
  };
  const folder = layout.replay(arm, seed);
  if (options.overwrite) await rm(folder, { recursive: true, force: true });
  const settings = {
    arm,
    project: projector(gate, overshoot, keepNorm),
    learningRate: lr,
    adamW,
    parts: honestReplay,
  };
  await replay(student, adapter, table, settings, identity, layout.pool, folder, progress);
  table.dispose();
  adapter.dispose();
  student.model.dispose();
}
