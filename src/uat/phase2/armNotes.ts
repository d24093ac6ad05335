import type { Note } from "../common/measurement.ts";
import type { StageEvidence } from "../evidence/evidence.ts";
import { perStep } from "./trajectory.ts";

/** How far an arm's importance ratios left the clip bounds, and how many of its groups had no advantage to learn from. */
export function ratioNote(arm: string, stage: StageEvidence): Note {
  const largest = (name: string) => Math.max(...perStep(stage, name));
  const sum = (name: string) => perStep(stage, name).reduce((total, value) => total + value, 0);
  const student = largest("student_outside_fraction");
  const teacher = largest("teacher_outside_fraction");
  const clipped = largest("teacher_clip_fraction");
  const least = perStep(stage, "teacher_row_least_ratio")[0]!;
  const [zero, groups] = [sum("zero_advantage_groups"), sum("groups")];
  const leastText = Number.isNaN(least) ? "not recorded" : `${least.toFixed(3)} on average in the first step`;
  return {
    label: `${arm}: importance ratios`,
    text:
      `beyond the clip bounds at most ${percent(student)} of student, ${percent(teacher)} of teacher tokens in a step ` +
      `(${percent(clipped)} clipped); least ratio of a teacher row ${leastText}; ${zero} of ${groups} groups had equal rewards`,
    values: {
      student,
      teacher,
      clipped,
      leastOfRow: Number.isNaN(least) ? null : least,
      zeroAdvantageGroups: zero,
      groups,
    },
  };
}

/** An arm's cosines with v_hack: of the gradient before and after projection, of the optimizer's step, of the whole way. */
export function cosineNote(arm: string, stage: StageEvidence): Note {
  const average = (name: string) => perStep(stage, name).reduce((sum, value) => sum + value, 0) / stage.length;
  const [cosIn, cosOut, cosUpdate] = [average("cos_in"), average("cos_out"), average("cos_update")];
  const along = perStep(stage, "displacement_along").at(-1)!;
  return {
    label: `${arm}: cosines with v_hack`,
    text: `mean cos_in ${cosIn.toFixed(4)}, cos_out ${cosOut.toFixed(4)}, cos_update ${cosUpdate.toFixed(4)}; knobs moved ${along.toFixed(3)} along v_hack (positive is hack-ward)`,
    values: { cosIn, cosOut, cosUpdate, along },
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
