import type { Condition, Measurement } from "../../../src/uat/common/measurement.ts";
import type { Phase2Evidence } from "../../../src/uat/evidence/phase2Evidence.ts";
import { measuring } from "../../support/measured.ts";
import { toothArm } from "../../support/plannedArm.ts";

type Criterion = (evidence: Phase2Evidence) => Measurement;

/** A run with every arm that R5 and R6 read: no two end alike. */
export const run = {
  vanilla: toothArm(9),
  projected: toothArm(3),
  random_v: toothArm(8),
  routed: toothArm(1),
  vanilla_lora: toothArm(10),
  projected_lora: toothArm(5),
};

/** A criterion with each of its conditions changed. */
export const conditioned = (measure: Criterion, change: (one: Condition) => Condition): Criterion =>
  measuring(measure, (measured) => {
    const [first, ...rest] = measured.conditions;
    return { ...measured, conditions: [change(first), ...rest.map(change)] };
  });

/** A criterion with the values of those conditions changed whose name matches. */
export const revalued = (measure: Criterion, name: RegExp, change: (value: number) => number): Criterion =>
  conditioned(measure, (one) => (name.test(one.name) ? { ...one, value: change(one.value) } : one));

/** A criterion without the notes whose label matches. */
export const withoutNotes = (measure: Criterion, label: RegExp): Criterion =>
  measuring(measure, (measured) => ({ ...measured, notes: measured.notes.filter((note) => !label.test(note.label)) }));

/** A criterion that is given other arms than the run's. */
export const withArms =
  (measure: Criterion, change: (arms: Phase2Evidence["arms"]) => Phase2Evidence["arms"]): Criterion =>
  (evidence) =>
    measure({ ...evidence, arms: change(evidence.arms) });
