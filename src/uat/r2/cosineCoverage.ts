import type { RolloutRow } from "../../artifact/rolloutRow.ts";
import { rowsByKey } from "../../numeric/rowsByKey.ts";
import type { Evidence, StageEvidence } from "../evidence/evidence.ts";
import { leakCheck } from "./leakCheck.ts";
import { gradientLeak } from "./gradientLeak.ts";
import { medianNorms, normStability, stepRatios } from "./gradientNorms.ts";
import { maskConsistency } from "./maskConsistency.ts";
import type { Bound } from "../common/bound.ts";
import type { Condition, Measurement, Note } from "../common/measurement.ts";
import { noEvidence } from "../common/noEvidence.ts";
import { provenance } from "../common/provenance.ts";
import { replaysPool, stepIntegrity } from "../common/stepIntegrity.ts";

const command = "vhack replay --arm vanilla";

/** R2's threshold, on the share of rows with a finite cosine. */
export const leastCovered: Bound = { relation: "at least", bound: 0.9 };

/** R2: share of the vanilla rows with a finite cos_S_contrib, and whether mask and gradients are sound. */
export function cosineCoverage(evidence: Evidence): Measurement {
  const { vanilla, pool, gradients, seed } = evidence;
  if (vanilla.kind !== "found") return noEvidence(vanilla);
  const stage = vanilla.value;
  const rows = stage.flatMap((step) => step.rows);
  const finite = rows.filter(hasCosine);
  const coverage: Condition = {
    name: "share of rows with a finite cos_S_contrib",
    value: finite.length / rows.length,
    ...leastCovered,
    decides: "pass",
    cause: coverageCause(stage),
  };
  const stored = gradients.kind === "found" ? gradients.value : null;
  const leak = stored === null ? [] : gradientLeak(stored, completionKeys(stage), seed);
  const alone = leakCheck(stage);
  return {
    kind: "measured",
    path: vanilla.path,
    headline: `${coverage.value.toFixed(3)} (${finite.length} of ${rows.length})`,
    conditions: [
      coverage,
      normStability(stage),
      ...maskConsistency(stage, stored),
      ...(alone === null ? leak : [alone, ...leak.slice(0, 1)]),
      ...stepIntegrity(stage, "vanilla", command),
      ...(pool.kind === "found" ? replaysPool(stage, pool.value, "vanilla", command) : []),
      provenance(evidence, ["pool", "vanilla"]),
    ],
    notes: [
      normJumps(stage),
      ...leak.slice(1).map(neighbours),
      ...(stored === null ? [unchecked(gradients.path)] : []),
    ],
    figures: [
      {
        kind: "lines",
        title: "Median per-sample gradient norm of the vanilla replay",
        xLabel: "step",
        yLabel: "|g|",
        series: [{ name: "median |g|", points: medianNorms(stage) }],
      },
    ],
  };
}

function hasCosine({ cosSContrib }: RolloutRow): boolean {
  return Number.isFinite(cosSContrib);
}

/** The likely cause of missing cosines, by their pattern: whole groups of equal rewards, zero gradients, or neither. */
function coverageCause(stage: StageEvidence): string {
  const without = stage.flatMap(({ rows }) => rows.filter((row) => !hasCosine(row)));
  const silentGroups = stage.flatMap(({ rows }) => {
    const groups = [...rowsByKey(rows.map(({ problemId }) => problemId)).values()].map((group) =>
      group.map((row) => rows[row]!),
    );
    return groups
      .filter((group) => new Set(group.map(({ reward }) => reward)).size === 1 && !group.some(hasCosine))
      .flat();
  });
  const head = `${without.length} rows have no cosine`;
  if (silentGroups.length > without.length / 2)
    return `${head}, ${silentGroups.length} of them in groups of equal rewards: zero-advantage skip nulled their gradients`;
  const zero = without.filter(({ gradNormContrib }) => gradNormContrib === 0).length;
  if (zero > without.length / 2)
    return `${head}, ${zero} of them with a gradient of exactly zero: the loss does not reach the knobs`;
  return `${head}: the backward pass was skipped or gave NaN on them`;
}

function completionKeys(stage: StageEvidence): Map<number, string[]> {
  return new Map(stage.map(({ step, rows }) => [step, rows.map(({ completionIds }) => completionIds.join())]));
}

function normJumps(stage: StageEvidence): Note {
  const largest = stepRatios(stage).reduce((most, ratio) => Math.max(most, ratio), 1);
  return { label: "gradient norms, largest ratio of steps", text: largest.toFixed(2), values: { largest } };
}

/** The order test as a note. It decides only where no row was differentiated alone. */
function neighbours({ value }: Condition): Note {
  return {
    label: "likeness of batch neighbours",
    text: `p ${value.toPrecision(2)} (permutation within steps)`,
    values: { p: value },
  };
}

function unchecked(path: string): Note {
  return {
    label: "not checked",
    text: `whether gradients leak between samples: no stored gradients in ${path}`,
    values: {},
  };
}
