import { compareVHack } from "../../vhack/compareVHack.ts";
import type { VHack } from "../../vhack/vHackFile.ts";
import { tAndP } from "../r4/buckets.ts";
import { discrimination } from "../r4/discrimination.ts";
import { discriminationNotes } from "../r4/discriminationNotes.ts";
import { discriminationPictures, specificConditions } from "../r4/discriminationReport.ts";
import type { Found, VHackEvidence } from "../evidence/evidence.ts";
import { madeOfItsPairs } from "../r4/madeOfItsPairs.ts";
import type { Bound } from "../common/bound.ts";
import type { Condition, Measurement, Note } from "../common/measurement.ts";
import { firstAbsent, noEvidence } from "../common/noEvidence.ts";
import type { Phase2Evidence } from "../evidence/phase2Evidence.ts";

/** R7's thresholds: on t of the GRPO v_hack minus t of the NLL one, on the share of modules whose directions differ. */
export const noWorse: Bound = { relation: "at least", bound: 0 };
export const mostDiffer: Bound = { relation: "more than", bound: 0.5 };
/** Directions closer than this are one direction: float32 rounding of a unit vector leaves about 1e-7 rad. */
const sameDirection = 1e-4;

/**
 * R7: v_hack of the GRPO-contrastive loss discriminates at least as well as the NLL one, on the same stored gradients.
 *
 *     t(grpo) >= t(nll)
 *
 * It must be made of its pairs, as R4 asks of the NLL one. The tensors must differ, or the contrastive extraction secretly
 * used the NLL loss. (They may differ by scale alone only if all completions were equally long.)
 */
export function contrastiveExtraction({ antipasto, vHackGrpo, pairMeansGrpo }: Phase2Evidence): Measurement {
  const absent = firstAbsent(antipasto.vanilla, antipasto.gradients, antipasto.vHack, vHackGrpo);
  if (absent !== null) return noEvidence(absent);
  const [nll, grpo] = [antipasto.vHack as Found<VHackEvidence>, vHackGrpo as Found<VHackEvidence>];
  const ofNll = discrimination(antipasto);
  const ofGrpo = discrimination({ ...antipasto, vHack: grpo, pairMeans: pairMeansGrpo });
  if (ofNll.kind !== "measured") return ofNll;
  if (ofGrpo.kind !== "measured") return ofGrpo;
  const [tNll, tGrpo] = [tAndP(ofNll.welch).t, tAndP(ofGrpo.welch).t];
  const angles = anglesBetween(nll.value.vHack, grpo.value.vHack);
  if (angles.length === 0) {
    const why = `${grpo.path} and ${nll.path} have directions in no module in common`;
    return noEvidence({ kind: "unusable", path: grpo.path, why, command: "vhack extract --loss grpo" });
  }
  const apart = angles.filter((angle) => angle > sameDirection).length / angles.length;
  return {
    kind: "measured",
    path: grpo.path,
    headline: `t ${tGrpo.toFixed(2)} (GRPO) against ${tNll.toFixed(2)} (NLL)`,
    conditions: [
      {
        name: "t of the GRPO v_hack minus t of the NLL one",
        value: tGrpo - tNll,
        ...noWorse,
        decides: "pass",
        cause: `the contrastive v_hack discriminates less: t ${tGrpo.toFixed(2)} against ${tNll.toFixed(2)} on the same gradients`,
      },
      {
        name: "share of modules whose directions differ",
        value: apart,
        ...mostDiffer,
        decides: "pass",
        cause: "the two files hold the same directions: the contrastive extraction secretly used the NLL loss",
      },
      saysItsLoss(grpo),
      samePairs(nll, grpo),
      ...(ofGrpo.direction?.pairs.kind === "found" ? [madeOfItsPairs(ofGrpo.direction.pairs.value)] : []),
      ...specificConditions(ofGrpo),
    ],
    notes: [angleNote(angles), ...discriminationNotes(ofGrpo)],
    figures: discriminationPictures(ofGrpo),
  };
}

/** The largest principal angle in every module in which both have directions, radians. */
function anglesBetween(nll: VHack, grpo: VHack): number[] {
  const shared = ({ modules }: VHack, others: VHack) =>
    new Map([...modules].filter(([name]) => others.modules.has(name)));
  return compareVHack(shared(nll, grpo), shared(grpo, nll)).flatMap(({ anglesRadians }) =>
    Array.from(anglesRadians.slice(-1)),
  );
}

function angleNote(angles: readonly number[]): Note {
  const cosines = angles.map(Math.cos).toSorted((a, b) => a - b);
  const [least, middle, most] = [cosines[0]!, cosines[Math.floor(cosines.length / 2)]!, cosines.at(-1)!];
  return {
    label: "cosine of the two v_hacks per module",
    text: `${least.toFixed(3)} to ${most.toFixed(3)}, median ${middle.toFixed(3)}`,
    values: { least, median: middle, most },
  };
}

function saysItsLoss(grpo: Found<VHackEvidence>): Condition {
  const loss = grpo.value.vHack.metadata["loss"];
  return {
    name: "files that say another loss",
    value: Number(loss !== "grpo"),
    relation: "at most",
    bound: 0,
    decides: "pass",
    cause: `the file says that it was made with loss ${loss}; make it with: vhack extract --loss grpo`,
  };
}

/** Another set of pairs would compare pairs, not losses. */
function samePairs(nll: Found<VHackEvidence>, grpo: Found<VHackEvidence>): Condition {
  const of = ({ value }: Found<VHackEvidence>) =>
    `${value.vHack.metadata["pairs_sha256"]} ${value.vHack.metadata["model_hash"]}`;
  return {
    name: "v_hacks of other pairs or models",
    value: Number(of(nll) !== of(grpo)),
    relation: "at most",
    bound: 0,
    decides: "pass",
    cause: "the two v_hacks were extracted from different pairs or models",
  };
}
