import { mean } from "../../numeric/moments.ts";
import type { StageEvidence, StepEvidence } from "../evidence/evidence.ts";
import type { Condition, Note } from "../common/measurement.ts";

/** cos_update of every step that recorded one, as [step, cosine]. Every row repeats its step's cosine. */
export function cosUpdates(stage: StageEvidence): (readonly [step: number, cosine: number])[] {
  return stage.flatMap(({ step, rows }) => {
    const cosine = rows[0]?.cosUpdate ?? null;
    return cosine === null ? [] : [[step, cosine] as const];
  });
}

/**
 * Where the optimizer actually went: the cosine of its steps with v_hack, and the knobs' final displacement along it.
 *
 * Positive is hack-ward in both. The displacement is read from the last manifest's measurements: `displacement_along`, the
 * sum over modules of <-delta_S, v>, and `displacement_cosine`. cos_out cannot show this: the optimizer's moments and
 * preconditioner may bring back what the projection removed.
 */
export function knobMovement(arm: "vanilla" | "projected", stage: StageEvidence): Note[] {
  return [optimizerSteps(arm, stage), displacement(arm, stage)];
}

function optimizerSteps(arm: string, stage: StageEvidence): Note {
  const label = `cos_update, ${arm}`;
  const cosines = cosUpdates(stage).map(([, cosine]) => cosine);
  if (cosines.length === 0) return { label, text: "not recorded", values: { mean: null } };
  const average = mean(cosines);
  const back = arm === "projected" && average > 0 ? ": the optimizer brings the removed direction back" : "";
  return { label, text: `mean ${average.toFixed(4)} over ${cosines.length} steps${back}`, values: { mean: average } };
}

function displacement(arm: string, stage: StageEvidence): Note {
  const label = `delta_S along v_hack, ${arm}`;
  const last = stage.at(-1)!;
  const { displacement_along: along, displacement_cosine: cosine } = last.manifest?.measurements ?? {};
  if (along === undefined || cosine === undefined)
    return { label, text: "not recorded", values: { along: null, cosine: null } };
  const text = `${along.toFixed(4)} after step ${last.step} (cosine ${cosine.toFixed(4)}; positive is hack-ward)`;
  return { label, text, values: { along, cosine } };
}

/** At most a quarter of the vanilla arm's motion along v_hack may be left in the optimizer's steps. */
const largestKept = 0.25;

/**
 * Share of the vanilla arm's hack-ward motion that the projected arm's optimizer keeps.
 *
 *     kept = mean cos_update(projected) / mean cos_update(vanilla)        negative when the projected arm moves away
 *
 * cos_out is about the gradient, this is about the step that was taken. It catches moments that bring the removed
 * direction back, and a projection that is measured but not applied. Checked where the manifests record that the whole
 * component was removed (overshoot >= 1), both arms recorded cos_update, and vanilla moves hack-ward at all.
 */
export function hackwardMotion(projected: StageEvidence, vanilla: StageEvidence): Condition[] {
  const [kept, whole] = [projected, vanilla].map((stage) => cosUpdates(stage).map(([, cosine]) => cosine));
  if (!projected.every(removesWhole) || kept!.length === 0 || whole!.length === 0 || mean(whole!) <= 0) return [];
  const share = mean(kept!) / mean(whole!);
  return [
    {
      name: "share of vanilla's cos_update that projected keeps",
      value: share,
      relation: "at most",
      bound: largestKept,
      decides: "pass",
      cause:
        `cos_update: the optimizer's steps keep ${(100 * share).toFixed(0)}% of the vanilla arm's motion along v_hack ` +
        `(${mean(kept!).toFixed(4)} of ${mean(whole!).toFixed(4)}): its moments bring the removed direction back, or it descends the unprojected gradient`,
    },
  ];
}

function removesWhole({ manifest }: StepEvidence): boolean {
  const overshoot = manifest?.config["overshoot"];
  return typeof overshoot === "number" && overshoot >= 1;
}
