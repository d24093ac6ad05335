import type { StepManifest } from "../../artifact/manifest.ts";
import type { StageEvidence } from "../evidence/evidence.ts";
import type { Condition } from "../common/measurement.ts";
import { examPoints } from "./trajectory.ts";

/** Settings in which arms of one adapter may differ, and arms of two adapters. */
const armOnly = new Set(["arm"]);
const adapterOnly = new Set(["arm", "adapter", "learningRate", "clipGradNorm"]);

/**
 * Arms are comparable if problems, teacher rows, exams, model, tokenizer and number of steps are the same.
 *
 * Every step of every arm is compared with the first step of the first arm, so an arm made of two runs is found too.
 *
 * @param twoAdapters  the arms have knobs of two kinds, whose v_hack and step sizes differ
 */
export function armsComparable(
  stages: readonly (readonly [arm: string, stage: StageEvidence])[],
  twoAdapters: boolean,
): Condition {
  const [name, first] = stages[0]!;
  const [schedule, said] = [scheduleOf(first), settingsOf(first[0]!.manifest, twoAdapters)];
  const different = stages.filter(
    ([, stage]) =>
      scheduleOf(stage) !== schedule || stage.some(({ manifest }) => settingsOf(manifest, twoAdapters) !== said),
  );
  return {
    name: "arms of another run",
    value: different.length,
    relation: "at most",
    bound: 0,
    decides: "pass",
    cause:
      `${different.map(([arm]) => arm).join(", ")} differ from the first step of ${name} in more than the arm ` +
      "(steps, problems, rollouts, exams or model): run them with the same flags",
  };
}

/** How many steps there were, and after how many updates the exams. */
function scheduleOf(stage: StageEvidence): string {
  return [stage.length, ...examPoints(stage, "train").map(({ updates }) => updates)].join();
}

function settingsOf(manifest: StepManifest | null, twoAdapters: boolean): string {
  if (manifest === null) return "no manifest";
  const { modelHash, tokenizerHash, vHackHash, seed, config } = manifest;
  const own = twoAdapters ? adapterOnly : armOnly;
  const settings = Object.entries(config)
    .filter(([name]) => !own.has(name))
    .map((setting) => JSON.stringify(setting))
    .toSorted();
  return JSON.stringify([modelHash, tokenizerHash, twoAdapters ? null : vHackHash, seed, settings]);
}
