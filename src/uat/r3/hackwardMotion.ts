import { mean } from "../../numeric/moments.ts";
import type { StageEvidence, StepEvidence } from "../evidence/evidence.ts";
import { cosUpdates } from "./knobMovement.ts";
import type { Condition } from "../common/measurement.ts";

/** Removal must hold where it counts: at least three quarters of the vanilla arm's motion along v_hack are gone. */
const largestKept = 0.25;

/**
 * Share of the vanilla arm's hack-ward motion that the projected arm's optimizer keeps.
 *
 *     kept = mean cos_update(projected) / mean cos_update(vanilla)        negative when the projected arm moves away
 *
 * cos_out speaks of the gradient; this speaks of the step that was taken. It catches moments that bring the removed
 * direction back, and a projection that is measured and not applied. Judged where the manifests say that the whole
 * component was to go (overshoot >= 1), both arms recorded cos_update, and vanilla moves hack-ward at all.
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
