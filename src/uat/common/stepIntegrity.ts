import type { RolloutRow } from "../../artifact/rolloutRow.ts";
import { rowsByKey } from "../../numeric/rowsByKey.ts";
import type { StageEvidence } from "../evidence/evidence.ts";
import type { Condition } from "./measurement.ts";

/** What a row is a rollout of, and which one. */
function rolloutKey({ srcProblemId, completionIds }: RolloutRow): string {
  return `${srcProblemId} ${completionIds.join()}`;
}

function counted(name: string, count: number, cause: string): Condition {
  return { name, value: count, relation: "at most", bound: 0, decides: "pass", cause };
}

/**
 * What must hold of any stage's files before their figures mean anything: no row twice, no step missing, every group of
 * one size.
 */
export function stepIntegrity(stage: StageEvidence, stageName: string, command: string): Condition[] {
  // by the rows' own step, so that a file copied under another name shows
  const keys = stage.flatMap(({ rows }) => rows.map(({ step, sampleId }) => `${step} ${sampleId}`));
  const repeated = keys.length - new Set(keys).size;
  const last = Math.max(...stage.map(({ step }) => step));
  const gaps = last + 1 - new Set(stage.map(({ step }) => step)).size;
  const sizes = [...rowsByKey(stage.map(({ rows }) => rows.length)).values()].sort((a, b) => b.length - a.length);
  const odd = sizes
    .slice(1)
    .flat()
    .map((at) => stage[at]!);
  return [
    counted(
      `${stageName}: repeated rows`,
      repeated,
      `${repeated} rows of ${stageName} occur twice (same step and sample_id): duplicated rows`,
    ),
    counted(
      `${stageName}: missing steps`,
      gaps,
      `${gaps} of steps 0 to ${last} are missing in ${stageName}; finish it with: ${command}`,
    ),
    counted(
      `${stageName}: steps of another size`,
      odd.length,
      `${odd.length} steps of ${stageName} hold another number of rows than the others (first: ${odd[0]?.path ?? "none"}): a file cut short, or duplicated rows`,
    ),
  ];
}

/**
 * A replay must replay this pool: every rollout of the pool once, with the very tokens, and nothing else.
 *
 * Rollouts are matched by problem and token ids, so the order of steps is free.
 */
export function replaysPool(
  replay: StageEvidence,
  pool: StageEvidence,
  stageName: string,
  command: string,
): Condition[] {
  const left = new Map<string, number>();
  for (const { rows } of pool) for (const row of rows) left.set(rolloutKey(row), (left.get(rolloutKey(row)) ?? 0) + 1);
  let foreign = 0;
  for (const { rows } of replay)
    for (const row of rows) {
      const available = left.get(rolloutKey(row)) ?? 0;
      if (available === 0) foreign++;
      else left.set(rolloutKey(row), available - 1);
    }
  const unplayed = [...left.values()].reduce((sum, count) => sum + count, 0);
  return [
    counted(
      `${stageName}: rows that the pool does not hold`,
      foreign,
      `${foreign} rows of ${stageName} are not in the pool, or more often than there: stale pool or duplicated rows; run again: ${command}`,
    ),
    counted(
      `${stageName}: pool rows not replayed`,
      unplayed,
      `${unplayed} rows of the pool are not in ${stageName}; finish it with: ${command}`,
    ),
  ];
}
