import { quantile } from "../../numeric/quantile.ts";
import type { Evidence, StageEvidence } from "../evidence/evidence.ts";
import { cosUpdates, hackwardMotion, knobMovement } from "./knobMovement.ts";
import type { Bound } from "../common/bound.ts";
import type { Condition, Figure, Measurement, Note } from "../common/measurement.ts";
import { noEvidence } from "../common/noEvidence.ts";
import { provenance } from "../common/provenance.ts";
import { recordedCosines, type RecordedCosines } from "../common/recordedCosines.ts";
import { replaysPool, stepIntegrity } from "../common/stepIntegrity.ts";

const command = "vhack replay --arm projected";

/** R3's threshold, on the share of steps with cos_out < cos_in. */
export const leastReduced: Bound = { relation: "at least", bound: 0.8 };
/** A step fires where more than this share of its modules does; most steps must. */
const mostModules = 0.5;

const whatItShows: Note = {
  label: "what R3 shows",
  text: "the plumbing, not the method: cos_out < cos_in is near an identity of removal, an untrained model passes it",
  values: {},
};

/** R3: share of projected steps whose gradient points less along v_hack after projection than before. */
export function projectionSteps(evidence: Evidence): Measurement {
  const { projected, vanilla, pool } = evidence;
  if (projected.kind !== "found") return noEvidence(projected);
  const stage = projected.value;
  const steps = stage.map(recordedCosines);
  const reduced = steps.filter(({ cosIn, cosOut }) => cosOut < cosIn).length;
  const fired = steps.filter(({ fracFired }) => fracFired > mostModules).length;
  const reduction: Condition = {
    name: "share of steps with cos_out < cos_in",
    value: reduced / steps.length,
    ...leastReduced,
    decides: "pass",
    cause: reductionCause(steps),
  };
  const firing: Condition = {
    name: `share of steps with frac_fired > ${mostModules}`,
    value: fired / steps.length,
    relation: "more than",
    bound: 0.5,
    decides: "pass",
    cause: `the projection fires on few modules: frac_fired is above ${mostModules} in ${fired} of ${steps.length} steps only`,
  };
  return {
    kind: "measured",
    path: projected.path,
    headline: `${reduction.value.toFixed(3)} (${reduced} of ${steps.length})`,
    conditions: [
      reduction,
      firing,
      ...removalIsComplete(stage, steps),
      ...(vanilla.kind === "found" ? hackwardMotion(stage, vanilla.value) : []),
      ...stepIntegrity(stage, "projected", command),
      ...(pool.kind === "found" ? replaysPool(stage, pool.value, "projected", command) : []),
      provenance(evidence, ["pool", "vanilla", "projected"]),
    ],
    notes: [
      whatItShows,
      cosines(steps),
      ...knobMovement("projected", stage),
      ...(vanilla.kind === "found" ? knobMovement("vanilla", vanilla.value) : []),
    ],
    figures: [trajectory(steps, stage)],
  };
}

const recorded = (...figures: readonly number[]) => figures.every(Number.isFinite);

function reductionCause(steps: readonly RecordedCosines[]): string {
  const most = steps.length / 2;
  if (steps.filter(({ cosIn, cosOut }) => !recorded(cosIn, cosOut)).length > most)
    return "most steps recorded no cos_in and cos_out: the projection did not run, or the arm is not projected";
  if (steps.filter(({ cosIn, cosOut }) => cosIn === cosOut).length > most)
    return "cos_out equals cos_in: the gradient is copied through unprojected";
  if (steps.filter(({ cosIn, cosOut }) => cosOut > cosIn).length > most)
    return "cos_out exceeds cos_in: the sign of the projection is inverted, it adds v_hack";
  return "cos_out is not below cos_in often enough: v_hack is nearly orthogonal to the gradient, or belongs to another model";
}

function cosines(steps: readonly RecordedCosines[]): Note {
  const measured = steps.filter(({ cosIn, cosOut, fracFired }) => recorded(cosIn, cosOut, fracFired));
  const label = "medians over the steps";
  if (measured.length === 0) return { label, text: "not recorded", values: {} };
  const median = (value: (step: RecordedCosines) => number) => quantile(measured.map(value), 0.5);
  const values = {
    cosIn: median((s) => s.cosIn),
    cosOut: median((s) => s.cosOut),
    fracFired: median((s) => s.fracFired),
  };
  const text = `cos_in ${values.cosIn.toFixed(4)}, cos_out ${values.cosOut.toFixed(4)}, frac_fired ${values.fracFired.toFixed(3)}`;
  return { label, text, values };
}

function trajectory(steps: readonly RecordedCosines[], stage: StageEvidence): Figure {
  const line = (name: string, value: (step: RecordedCosines) => number) => ({
    name,
    points: steps.filter((step) => recorded(value(step))).map((step) => [step.step, value(step)] as const),
  });
  return {
    kind: "lines",
    title: "Cosine of the step's gradient with v_hack, before and after projection",
    xLabel: "step",
    yLabel: "mean cosine over modules",
    series: [
      line("cos_in", (s) => s.cosIn),
      line("cos_out", (s) => s.cosOut),
      { name: "cos_update", points: cosUpdates(stage) },
    ],
  };
}

/** Goldens' tolerance of a float32 cosine. */
const cosineTolerance = 5e-5;

/**
 * After one-sided removal of at least the whole component no module points hack-ward, so the mean cosine cannot be
 * positive: cos_out <= 0 to float32. Where it is positive, some modules were left out.
 *
 * Checked only on steps whose manifest records gate one_sided and overshoot >= 1. With other gates the mean may have
 * either sign.
 */
export function removalIsComplete(stage: StageEvidence, steps: readonly RecordedCosines[]): Condition[] {
  const whole = steps.filter((_, i) => removesWhole(stage[i]!.manifest?.config));
  if (whole.length === 0) return [];
  const partial = whole.filter(({ cosOut }) => !(cosOut <= cosineTolerance));
  const left = partial.reduce((sum, { cosIn, cosOut }) => sum + cosOut / cosIn, 0) / Math.max(1, partial.length);
  return [
    {
      name: "steps with hack-ward gradient left after removal",
      value: partial.length,
      relation: "at most",
      bound: 0,
      decides: "pass",
      cause: `${(100 * left).toFixed(0)}% of the alignment is left in ${partial.length} of ${whole.length} steps: the projection was applied to part of the modules only`,
    },
  ];
}

function removesWhole(config: Readonly<Record<string, unknown>> | undefined): boolean {
  const overshoot = config?.["overshoot"];
  return config?.["gate"] === "one_sided" && typeof overshoot === "number" && overshoot >= 1;
}
