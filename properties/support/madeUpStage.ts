import type { StepManifest } from "../../src/artifact/manifest.ts";
import type { RolloutRow } from "../../src/artifact/rolloutRow.ts";
import type { Evidence, StageEvidence } from "../../src/uat/evidence/evidence.ts";
import { rolloutRow } from "./evidence.ts";

/** One made-up step: its rows by what matters of them, and its manifest. */
interface MadeUpStep {
  readonly rows: readonly Partial<RolloutRow>[];
  readonly manifest?: StepManifest;
}

export function madeUpStage(steps: readonly MadeUpStep[]): StageEvidence {
  return steps.map(({ rows, manifest = null }, step) => ({
    step,
    path: `step ${step}`,
    manifest,
    rows: rows.map((row, sampleId) => rolloutRow({ step, sampleId, ...row })),
  }));
}

/** Evidence of these stages, and of nothing else. */
export function evidenceOf(stages: Partial<Record<"pool" | "vanilla" | "projected", StageEvidence>>): Evidence {
  const absent = { kind: "missing", path: "nowhere", command: "vhack" } as const;
  const reading = (stage: "pool" | "vanilla" | "projected") => {
    const value = stages[stage];
    return value === undefined ? absent : ({ kind: "found", path: stage, value } as const);
  };
  return {
    seed: 1,
    pool: reading("pool"),
    vanilla: reading("vanilla"),
    projected: reading("projected"),
    gradients: absent,
    vHack: absent,
    pairMeans: absent,
    vHackIsGiven: false,
    controls: new Map(),
  };
}
