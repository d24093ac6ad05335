import { expect } from "vitest";
import type { replaysPool, stepIntegrity } from "../../../src/uat/common/stepIntegrity.ts";
import type { StageEvidence } from "../../../src/uat/evidence/evidence.ts";
import { rolloutRow } from "../../support/evidence.ts";

export type Replays = typeof replaysPool;
export type Integrity = typeof stepIntegrity;

/** Which rollouts a pool's steps hold; a number names problem and tokens, and may occur again. */
export type Pool = readonly (readonly number[])[];

export function stageOf(pool: Pool): StageEvidence {
  return pool.map((rollouts, step) => ({
    step,
    path: `step ${step}`,
    manifest: null,
    rows: rollouts.map((rollout, sampleId) =>
      rolloutRow({ step, sampleId, srcProblemId: rollout % 3, completionIds: [20 + rollout, 9, 0], compLen: 2 }),
    ),
  }));
}

const figures = (replays: Replays, replay: StageEvidence, pool: StageEvidence): number[] =>
  replays(replay, pool, "vanilla", "vhack replay").map(({ value }) => value);

export const replaysPoolLaws = {
  /** Steps in any order, rows in any order in their step, other padding after them: still the pool. */
  async ignoresOrder(replays: Replays, pool: Pool): Promise<void> {
    const turned = stageOf(pool)
      .toReversed()
      .map((step) => ({
        ...step,
        rows: step.rows.toReversed().map((row) => ({ ...row, completionIds: [...row.completionIds, 0, 0] })),
      }));
    expect(figures(replays, turned, stageOf(pool))).toEqual([0, 0]);
  },

  /** Foreign and missing rollouts are counted as the differences of two bags. */
  countsTheDifference(replays: Replays, replay: Pool, pool: Pool): void {
    const count = (bag: Pool, rollout: number) => bag.flat().filter((each) => each === rollout).length;
    const kinds = [...new Set([...replay.flat(), ...pool.flat()])];
    const surplus = (of: Pool, over: Pool) =>
      kinds.reduce((sum, kind) => sum + Math.max(0, count(of, kind) - count(over, kind)), 0);
    expect(figures(replays, stageOf(replay), stageOf(pool))).toEqual([surplus(replay, pool), surplus(pool, replay)]);
  },
};

const found = (integrity: Integrity, stage: StageEvidence): number[] =>
  integrity(stage, "pool", "vhack teacher-pool").map(({ value }) => value);

export const stepIntegrityLaws = {
  /** Steps of one size, each once: nothing to say. */
  acceptsWholeStages(integrity: Integrity, steps: number, size: number): void {
    expect(
      found(integrity, stageOf(Array.from({ length: steps }, () => Array.from({ length: size }, (_, i) => i)))),
    ).toEqual([0, 0, 0]);
  },

  /** One step's file copied over another's: its rows occur twice, whatever the files are called. */
  seesACopiedFile(integrity: Integrity, steps: number, size: number): void {
    const stage = stageOf(Array.from({ length: steps }, () => Array.from({ length: size }, (_, i) => i)));
    const copied = stage.map((step, i) => (i === 1 ? { ...step, rows: stage[0]!.rows } : step));
    expect(found(integrity, copied)).toEqual([size, 0, 0]);
  },

  /** A step left out, first or in between. */
  seesAGap(integrity: Integrity, steps: number, at: number): void {
    const stage = stageOf(Array.from({ length: steps }, () => [1, 2]));
    expect(
      found(
        integrity,
        stage.filter(({ step }) => step !== at % (steps - 1)),
      ),
    ).toEqual([0, 1, 0]);
  },

  /** A file cut short, and which. */
  seesAShortStep(integrity: Integrity, steps: number, at: number): void {
    const stage = stageOf(Array.from({ length: steps }, (_, step) => (step === at % steps ? [1] : [1, 2])));
    expect(found(integrity, stage)).toEqual([0, 0, 1]);
    expect(integrity(stage, "pool", "vhack teacher-pool")[2]!.cause).toContain(`first: step ${at % steps})`);
  },
};
