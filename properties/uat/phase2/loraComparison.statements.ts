import { expect } from "vitest";
import type { loraComparison, removal } from "../../../src/uat/phase2/loraComparison.ts";
import type { Phase2Evidence } from "../../../src/uat/evidence/phase2Evidence.ts";
import { trajectoryFigure, trajectoryNote } from "../../../src/uat/phase2/trajectory.ts";
import { measured } from "../../support/measured.ts";
import {
  comparisonsOf,
  endsOf,
  measuredIn,
  readingsOf,
  scheduleOf,
  stageOf,
  type PlannedArm,
  type PlannedStep,
} from "../../support/plannedArm.ts";

export type LoraComparison = typeof loraComparison;
const names = ["vanilla", "projected", "vanilla_lora", "projected_lora"] as const;
export type FourArms = Readonly<Record<(typeof names)[number], PlannedArm>>;

/** Means of the recorded cosines over the first and over the last third of the steps, at least one. */
export function removalOf({ steps }: PlannedArm) {
  const n = steps.length;
  const early = steps.filter((_, i) => i === 0 || 3 * (i + 1) <= n);
  const late = steps.filter((_, i) => i === n - 1 || 3 * (n - i) <= n);
  const mean = (part: readonly PlannedStep[], of: "cosIn" | "cosOut") =>
    part.reduce((sum, step) => sum + (step[of] ?? Number.NaN), 0) / part.length;
  return {
    cosInEarly: mean(early, "cosIn"),
    cosOutEarly: mean(early, "cosOut"),
    cosInLate: mean(late, "cosIn"),
    cosOutLate: mean(late, "cosOut"),
  };
}

function basisOf(arm: PlannedArm) {
  const last = (name: Parameters<typeof measuredIn>[1]) => measuredIn(arm, name).at(-1)!;
  return {
    angleA: last("drift_angle_a"),
    angleB: last("drift_angle_b"),
    overlap: last("drift_overlap"),
    meaning: last("v_hack_meaning"),
  };
}

/** Laws of R6, for the real criterion and for its mutants: everything is recomputed from the plan. */
export const loraComparisonLaws = {
  comparesWhatItSays(measure: LoraComparison, given: Phase2Evidence, arms: FourArms): void {
    const measurement = measured(measure, { ...given, arms: readingsOf(arms) });
    const [vanilla, projected, vanillaLora, projectedLora] = names.map((name) => endsOf(arms[name], "train"));
    const [reduction, reductionLora] = [vanilla!.end - projected!.end, vanillaLora!.end - projectedLora!.end];
    expect(measurement.path).toBe("out/projected_lora");
    expect(comparisonsOf(measurement)).toEqual([
      ["LoRA's reduction over AntiPaSTO's", reductionLora / reduction, "at least", 0.8, "claim"],
      ["AntiPaSTO's reduction", reduction, "at least", 0.1, "pass"],
      ["hack rates of the two vanilla arms apart", Math.abs(vanilla!.end - vanillaLora!.end), "at most", 0.1, "pass"],
      [
        "solve rates of the two vanilla arms apart",
        Math.abs(vanilla!.solveEnd - vanillaLora!.solveEnd),
        "at most",
        0.1,
        "pass",
      ],
      [
        "steps without a measured drift",
        measuredIn(arms.projected_lora, "drift_angle_a").filter(Number.isNaN).length,
        "at most",
        0,
        "pass",
      ],
      [
        "v_hack's change of the weights, cosine with that at extraction",
        Math.min(...measuredIn(arms.projected_lora, "v_hack_meaning")),
        "at least",
        0.5,
        "pass",
      ],
      ...(given.lora.vHack.kind === "found"
        ? [["largest share of a LoRA direction that is exactly zero", 0, "at most", 0.01, "pass"]]
        : []),
      [
        "arms of another run",
        names.filter((name) => scheduleOf(arms[name]) !== scheduleOf(arms.vanilla)).length,
        "at most",
        0,
        "pass",
      ],
    ]);
  },

  showsDriftAndRemoval(
    measure: LoraComparison,
    given: Phase2Evidence,
    arms: FourArms,
    replays: Readonly<Record<"lora" | "antipasto", PlannedArm | null>>,
  ): void {
    const replayed = (adapter: Phase2Evidence["lora"], arm: PlannedArm | null): Phase2Evidence["lora"] => ({
      ...adapter,
      projected:
        arm === null ? { kind: "missing", path: "", command: "" } : { kind: "found", path: "", value: stageOf(arm) },
    });
    const evidence = {
      ...given,
      lora: replayed(given.lora, replays.lora),
      antipasto: replayed(given.antipasto, replays.antipasto),
      arms: readingsOf(arms),
    };
    const { notes, figures } = measured(measure, evidence);
    const staged = names.map((name) => [name, stageOf(arms[name])] as const);
    expect(notes.slice(0, 4)).toEqual(staged.map(([name, stage]) => trajectoryNote(name, stage)));
    expect(notes.slice(4).map(({ label, values }) => [label, values])).toEqual([
      ["projected_lora: basis after the last step", basisOf(arms.projected_lora)],
      ...(replays.lora === null ? [] : [["projected_lora replay: basis after the last step", basisOf(replays.lora)]]),
      ...(replays.lora === null ? [] : [["projected_lora replay: cos_in and cos_out", removalOf(replays.lora)]]),
      ...(replays.antipasto === null ? [] : [["projected replay: cos_in and cos_out", removalOf(replays.antipasto)]]),
    ]);
    const line = (name: "drift_angle_a" | "drift_angle_b") => ({
      points: measuredIn(arms.projected_lora, name).map((angle, step) => [step + 1, angle]),
    });
    expect(figures).toHaveLength(2);
    expect(figures[0]).toEqual(trajectoryFigure(staged));
    expect(figures[1]).toMatchObject({
      kind: "lines",
      xLabel: "updates",
      yLabel: "radians",
      series: [line("drift_angle_a"), line("drift_angle_b")],
    });
  },

  averagesFirstAndLastThird(average: typeof removal, arm: PlannedArm): void {
    expect(average(stageOf(arm))).toEqual(removalOf(arm));
  },
};
