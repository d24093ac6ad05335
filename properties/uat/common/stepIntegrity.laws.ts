import fc from "fast-check";
import { expect } from "vitest";
import { replaysPool, stepIntegrity } from "../../../src/uat/common/stepIntegrity.ts";
import type { StageEvidence } from "../../../src/uat/evidence/evidence.ts";
import { rolloutRow } from "../../support/evidence.ts";
import { lawsOf } from "../../support/lawsOf.ts";

type Replays = typeof replaysPool;
type Integrity = typeof stepIntegrity;

/** Which rollouts a pool's steps hold; a number names problem and tokens, and may occur again. */
type Pool = readonly (readonly number[])[];

function stageOf(pool: Pool): StageEvidence {
  return pool.map((rollouts, step) => ({
    step,
    path: `step ${step}`,
    manifest: null,
    rows: rollouts.map((rollout, sampleId) =>
      rolloutRow({ step, sampleId, srcProblemId: rollout % 3, completionIds: [20 + rollout, 9], compLen: 2 }),
    ),
  }));
}

const figures = (replays: Replays, replay: StageEvidence, pool: StageEvidence): number[] =>
  replays(replay, pool, "vanilla", "vhack replay").map(({ value }) => value);

const found = (integrity: Integrity, stage: StageEvidence): number[] =>
  integrity(stage, "pool", "vhack teacher-pool").map(({ value }) => value);

const pool: fc.Arbitrary<Pool> = fc.array(fc.array(fc.nat({ max: 5 }), { maxLength: 4 }), {
  minLength: 1,
  maxLength: 4,
});

const steps = fc.integer({ min: 3, max: 6 });
const size = fc.integer({ min: 1, max: 4 });

lawsOf("replaysPool", replaysPool, (law) => {
  law("is invariant to order: a permuted pool -> 0 foreign, 0 not replayed", {
    for: [pool],
    holds: async (replays, pool) => {
      const turned = stageOf(pool)
        .toReversed()
        .map((step) => ({
          ...step,
          rows: step.rows.toReversed(),
        }));
      expect(figures(replays, turned, stageOf(pool))).toEqual([0, 0]);
    },
    rejects: {
      "steps compared at their places": [
        (replay, pool, ...rest) =>
          replaysPool(replay, pool, ...rest).map((condition, i) => ({
            ...condition,
            value:
              i === 0
                ? replay.filter(({ rows }, at) => rows[0]?.completionIds[0] !== pool[at]?.rows[0]?.completionIds[0])
                    .length
                : condition.value,
          })),
        [[1, 2], [3]],
      ],
    },
  });

  law("counts the difference of two bags: foreign = replay - pool, not replayed = pool - replay", {
    else: "a stale or half-finished replay is judged as this pool's",
    for: [pool, pool],
    holds: (replays, replay, pool) => {
      const count = (bag: Pool, rollout: number) => bag.flat().filter((each) => each === rollout).length;
      const kinds = [...new Set([...replay.flat(), ...pool.flat()])];
      const surplus = (of: Pool, over: Pool) =>
        kinds.reduce((sum, kind) => sum + Math.max(0, count(of, kind) - count(over, kind)), 0);
      expect(figures(replays, stageOf(replay), stageOf(pool))).toEqual([surplus(replay, pool), surplus(pool, replay)]);
    },
    rejects: {
      "sets for bags": [
        (replay, pool, ...rest) => {
          const once = (stage: typeof pool) => {
            const seen = new Set<string>();
            return stage.map((step) => ({
              ...step,
              rows: step.rows.filter(({ completionIds: [id] }) => !seen.has(String(id)) && seen.add(String(id))),
            }));
          };
          return replaysPool(once(replay), once(pool), ...rest);
        },
        [[1, 1], [2]],
        [[1, 2]],
      ],
      "foreign rows only": [
        (...given) => replaysPool(...given).map((condition, i) => (i === 1 ? { ...condition, value: 0 } : condition)),
        [[1]],
        [[1, 2]],
      ],
    },
  });
});

lawsOf("stepIntegrity", stepIntegrity, (law) => {
  law("accepts whole stages: 0 repeated, 0 missing, 0 of another size", {
    for: [steps, size],
    holds: (integrity, steps, size) => {
      expect(
        found(integrity, stageOf(Array.from({ length: steps }, () => Array.from({ length: size }, (_, i) => i)))),
      ).toEqual([0, 0, 0]);
    },
    rejects: {
      "sample ids that must differ between steps": [
        (stage, ...rest) =>
          stepIntegrity(
            stage.map((each) => ({ ...each, rows: each.rows.map((row) => ({ ...row, step: 0 })) })),
            ...rest,
          ),
        3,
        2,
      ],
    },
  });

  law("reports a copied file: repeated = rows of one step", {
    else: "one step counts twice and another not at all",
    for: [steps, size],
    holds: (integrity, steps, size) => {
      const stage = stageOf(Array.from({ length: steps }, () => Array.from({ length: size }, (_, i) => i)));
      const copied = stage.map((step, i) => (i === 1 ? { ...step, rows: stage[0]!.rows } : step));
      expect(found(integrity, copied)).toEqual([size, 0, 0]);
    },
    rejects: {
      "the file's name for the rows' step": [
        (stage, ...rest) =>
          stepIntegrity(
            stage.map((each) => ({ ...each, rows: each.rows.map((row) => ({ ...row, step: each.step })) })),
            ...rest,
          ),
        3,
        2,
      ],
    },
  });

  law("reports a gap: missing = 1, the first step's too", {
    for: [steps, fc.nat()],
    holds: (integrity, steps, at) => {
      const stage = stageOf(Array.from({ length: steps }, () => [1, 2]));
      expect(
        found(
          integrity,
          stage.filter(({ step }) => step !== at % (steps - 1)),
        ),
      ).toEqual([0, 1, 0]);
    },
    rejects: {
      "steps counted from the first that is there": [
        (stage, ...rest) =>
          stepIntegrity(
            stage.map((each) => ({ ...each, step: each.step - stage[0]!.step })),
            ...rest,
          ),
        3,
        0,
      ],
    },
  });

  law("reports a file cut short: of another size = 1, and its path", {
    for: [steps, fc.nat()],
    holds: (integrity, steps, at) => {
      const stage = stageOf(Array.from({ length: steps }, (_, step) => (step === at % steps ? [1] : [1, 2])));
      expect(found(integrity, stage)).toEqual([0, 0, 1]);
      expect(integrity(stage, "pool", "vhack teacher-pool")[2]!.cause).toContain(`first: step ${at % steps})`);
    },
    rejects: {
      "sizes unseen": [
        (...given) => stepIntegrity(...given).map((condition, i) => (i === 2 ? { ...condition, value: 0 } : condition)),
        3,
        1,
      ],
    },
  });
});
