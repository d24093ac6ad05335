import { mean } from "../numeric/moments.ts";
import type { StageEvidence } from "./evidence.ts";
import { cosUpdates } from "./knobMovement.ts";
import type { Condition } from "./measurement.ts";

/** A projected arm that keeps more than this of the vanilla arm's motion along v_hack was not projected where it counts. */
const largestKept = 0.5;

/**
 * Share of the vanilla arm's hack-ward motion that the projected arm's optimizer keeps.
 *
 *     kept = mean cos_update(projected) / mean cos_update(vanilla)        negative when the projected arm moves away
 *
 * cos_out speaks of the gradient; this speaks of the step that was taken. It catches moments that bring the removed
 * direction back, and a projection that is measured and not applied. Not judged where an arm recorded no cos_update (files
 * of the research code) or vanilla itself does not move hack-ward: then there is nothing to keep.
 */
export function hackwardMotion(projected: StageEvidence, vanilla: StageEvidence): Condition[] {
  const [kept, whole] = [projected, vanilla].map((stage) => cosUpdates(stage).map(([, cosine]) => cosine));
  if (kept!.length === 0 || whole!.length === 0 || mean(whole!) <= 0) return [];
  const share = mean(kept!) / mean(whole!);
  return [
    {
      name: "share of vanilla's cos_update that projected keeps",
      value: share,
      relation: "at most",
      bound: largestKept,
      decides: "pass",
      blame:
        `cos_update: the optimizer's steps keep ${(100 * share).toFixed(0)}% of the vanilla arm's motion along v_hack ` +
        `(${mean(kept!).toFixed(4)} of ${mean(whole!).toFixed(4)}): its moments bring the removed direction back, or it descends the unprojected gradient`,
    },
  ];
}
