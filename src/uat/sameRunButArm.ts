import type { StageEvidence } from "./evidence.ts";
import type { Condition } from "./measurement.ts";

/** Settings by which arms of one adapter may differ, and arms of two. */
const ownOfArm = new Set(["arm"]);
const ownOfAdapter = new Set(["arm", "adapter", "learningRate", "clipGradNorm"]);

/**
 * Arms are compared only if they met the same problems, teacher rows, exams, model and tokenizer, for as many steps.
 *
 * @param twoAdapters  knobs of two kinds: their v_hack and step sizes differ by nature
 */
export function sameRunButArm(stages: readonly (readonly [arm: string, stage: StageEvidence])[], twoAdapters: boolean): Condition {
  const [first, ...others] = stages.map(([arm, stage]) => ({ arm, steps: stage.length, said: saidBy(stage, twoAdapters) }));
  const different = others.filter(({ steps, said }) => steps !== first!.steps || said !== first!.said);
  return {
    name: "arms of another run",
    value: different.length,
    relation: "at most",
    bound: 0,
    decides: "pass",
    blame: `${different.map(({ arm }) => arm).join(", ")} differ from ${first!.arm} in more than the arm (steps, problems, rollouts, exams or model): run them with the same flags`,
  };
}

function saidBy(stage: StageEvidence, twoAdapters: boolean): string {
  const manifest = stage[0]!.manifest;
  if (manifest === null) return "no manifest";
  const { modelHash, tokenizerHash, vHackHash, seed, config } = manifest;
  const own = twoAdapters ? ownOfAdapter : ownOfArm;
  const settings = Object.entries(config).filter(([name]) => !own.has(name)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([modelHash, tokenizerHash, twoAdapters ? null : vHackHash, seed, settings]);
}
