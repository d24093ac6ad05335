import { mean } from "../../numeric/moments.ts";
import type { StageEvidence } from "../evidence/evidence.ts";
import type { Note } from "../common/measurement.ts";

/** cos_update of every step that recorded one, as [step, cosine]. A step's figures stand on each of its rows. */
export function cosUpdates(stage: StageEvidence): (readonly [step: number, cosine: number])[] {
  return stage.flatMap(({ step, rows }) => {
    const cosine = rows[0]?.cosUpdate ?? null;
    return cosine === null ? [] : [[step, cosine] as const];
  });
}

/**
 * Where the optimizer really went: the cosine of its steps with v_hack, and the knobs' final displacement along it.
 *
 * Both are signed so that positive is hack-ward. The displacement stands in the last manifest's measurements, as
 * `displacement_along` (sum over modules of <-delta_S, v>) and `displacement_cosine`. cos_out cannot tell: moments and preconditioner may bring back what the
 * projection removed.
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
