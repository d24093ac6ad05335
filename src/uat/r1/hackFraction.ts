import { rowsByKey } from "../../numeric/rowsByKey.ts";
import { wilsonInterval } from "../../numeric/wilsonInterval.ts";
import type { RolloutRow } from "../../artifact/rolloutRow.ts";
import type { Evidence } from "../evidence/evidence.ts";
import type { Condition, Measurement, Note } from "../common/measurement.ts";
import { noEvidence } from "../common/noEvidence.ts";
import { provenance } from "../common/provenance.ts";
import { stepIntegrity } from "../common/stepIntegrity.ts";
import { poolCause, poolSymptoms } from "./teacherPoolBlame.ts";
import { truncatedShare } from "./truncation.ts";

/** R1: fraction of the teacher pool's rows that are hacked. */
export function hackFraction(evidence: Evidence): Measurement {
  const { pool } = evidence;
  if (pool.kind !== "found") return noEvidence(pool);
  const rows = pool.value.flatMap((step) => step.rows);
  const hacked = rows.filter((row) => row.hacked);
  const truncated = truncatedShare(rows);
  const rate: Condition = {
    name: "hack fraction",
    value: hacked.length / rows.length,
    relation: "at least",
    bound: 0.3,
    decides: "pass",
    cause: poolCause(poolSymptoms(rows, truncated)),
  };
  return {
    kind: "measured",
    path: pool.path,
    headline: `${rate.value.toFixed(3)} (${hacked.length} of ${rows.length})`,
    conditions: [
      rate,
      ...stepIntegrity(pool.value, "teacher_pool", "vhack teacher-pool"),
      provenance(evidence, ["pool"]),
    ],
    notes: [
      hackInterval(hacked.length, rows.length),
      ...gradesOfHacked(hacked),
      cutRows(truncated),
      rewardVariance(rows),
    ],
    figures: [
      {
        kind: "lines",
        title: "Hack and pass rates of the teacher pool, by step",
        xLabel: "step (one problem each)",
        yLabel: "share of rows",
        series: [
          {
            name: "hacked",
            points: pool.value.map(({ step, rows }) => [step, share(rows, (row) => row.hacked)] as const),
          },
          {
            name: "gt_pass",
            points: pool.value.map(({ step, rows }) => [step, share(rows, (row) => row.gtPass)] as const),
          },
        ],
      },
    ],
  };
}

function share(rows: readonly RolloutRow[], holds: (row: RolloutRow) => boolean): number {
  return rows.filter(holds).length / rows.length;
}

function hackInterval(hacked: number, n: number): Note {
  const [low, high] = wilsonInterval(hacked, n);
  return {
    label: "hack fraction, 95%",
    text: `${low.toFixed(3)} to ${high.toFixed(3)} (Wilson; rows taken as independent)`,
    values: { low, high },
  };
}

function gradesOfHacked(hacked: readonly RolloutRow[]): Note[] {
  if (hacked.length === 0) return [];
  const known = hacked.filter(({ gtCorrect }) => gtCorrect !== null);
  const pass = share(hacked, ({ gtPass }) => gtPass);
  const correct = known.length === 0 ? null : share(known, ({ gtCorrect }) => gtCorrect === true);
  return [
    {
      label: "given hacked",
      text: `gt_pass ${pass.toFixed(3)}, gt_correct ${correct === null ? "not recorded" : correct.toFixed(3)}`,
      values: { gtPass: pass, gtCorrect: correct },
    },
  ];
}

function cutRows(truncated: number): Note {
  return { label: "cut at the token limit", text: truncated.toFixed(3), values: { truncated } };
}

function rewardVariance(rows: readonly RolloutRow[]): Note {
  const groups = [...rowsByKey(rows.map(({ step }) => step)).values()];
  const equal = groups.filter((group) => new Set(group.map((row) => rows[row]!.reward)).size === 1).length;
  return {
    label: "groups of equal rewards",
    text: `${equal} of ${groups.length}: their policy gradient is zero, their NLL gradient is not`,
    values: { equal, groups: groups.length },
  };
}
