import type { Condition, Figure, Measurement } from "../common/measurement.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { discrimination, type Discrimination } from "./discrimination.ts";
import { discriminationNotes } from "./discriminationNotes.ts";
import { lengthCondition, rankConditions, unrankedConditions, welchConditions } from "./welchConditions.ts";

/** R4's figures as the judge and the reports want them. */
export function discriminationReport(evidence: Evidence): Measurement {
  const figures = discrimination(evidence);
  if (figures.kind === "noEvidence") return figures;
  return {
    kind: "measured",
    path: figures.path,
    headline: headlineOf(figures),
    conditions: [...welchConditions(figures.welch), ...figures.origin, ...specificConditions(figures)],
    notes: discriminationNotes(figures),
    figures: discriminationPictures(figures),
  };
}

/** What a pass needs to be about v_hack: neither length nor any random direction explains it. */
export function specificConditions({ atEqualLength, ranks }: Discrimination): Condition[] {
  return [
    lengthCondition(atEqualLength),
    ...(ranks.kind === "ranked" ? rankConditions(ranks.among) : unrankedConditions(ranks.why)),
  ];
}

function headlineOf({ welch }: Discrimination): string {
  const counts = `${welch.nA} pure hacks, ${welch.nB} with a correct body`;
  return welch.kind === "tested"
    ? `t ${welch.t.toFixed(2)}, p ${welch.p.toPrecision(2)}, df ${welch.df.toFixed(1)} (${counts})`
    : `no test (${counts})`;
}

/** The cosines by bucket and, where v_hack was ranked, what random directions reach. */
export function discriminationPictures({ cosines, welch, difference, ranks }: Discrimination): Figure[] {
  const [pure, correct] = cosines;
  const buckets: Figure = {
    kind: "distributions",
    title: "Cosine of hacked rows' gradients with v_hack",
    unit: "cos_S_contrib",
    series: [
      { name: "hack only (gt_pass = 0)", values: pure },
      { name: "hack and correct (gt_pass = 1)", values: correct },
    ],
  };
  if (ranks.kind !== "ranked" || welch.kind !== "tested") return [buckets];
  return [
    buckets,
    {
      kind: "null",
      title: "Welch t of random directions, and of v_hack",
      unit: "t",
      draws: ranks.among.t,
      real: welch.t,
    },
    {
      kind: "null",
      title: "Difference of mean cosines of random directions, and of v_hack",
      unit: "difference of mean cos_S",
      draws: ranks.among.difference,
      real: difference!,
    },
  ];
}
