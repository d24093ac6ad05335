import fc from "fast-check";
import { expect } from "vitest";
import type { RolloutRow } from "../../../src/artifact/rolloutRow.ts";
import { phase2Criteria } from "../../../src/uat/criteria.ts";
import type { Phase2Evidence } from "../../../src/uat/evidence/phase2Evidence.ts";
import { judge } from "../../../src/uat/judge.ts";
import { loraComparison, removal } from "../../../src/uat/phase2/loraComparison.ts";
import { trajectoryFigure, trajectoryNote } from "../../../src/uat/phase2/trajectory.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { measured, measuring } from "../../support/measured.ts";
import { antipasto, given, missing } from "../../support/phase2Given.ts";
import {
  anyPlannedArm,
  comparisonsOf,
  endsOf,
  measuredIn,
  type PlannedArm,
  readingsOf,
  scheduleOf,
  stageOf,
  toothArm,
} from "../../support/plannedArm.ts";
import { conditioned, revalued, run, withArms, withoutNotes } from "./criterionMutants.ts";
import { removalOf } from "./removalOf.ts";

const names = ["vanilla", "projected", "vanilla_lora", "projected_lora"] as const;
type FourArms = Readonly<Record<(typeof names)[number], PlannedArm>>;

function basisOf(arm: PlannedArm) {
  const last = (name: Parameters<typeof measuredIn>[1]) => measuredIn(arm, name).at(-1)!;
  return {
    angleA: last("drift_angle_a"),
    angleB: last("drift_angle_b"),
    overlap: last("drift_overlap"),
    meaning: last("v_hack_meaning"),
  };
}

const arms = fc.record({
  vanilla: anyPlannedArm,
  projected: anyPlannedArm,
  vanilla_lora: anyPlannedArm,
  projected_lora: anyPlannedArm,
});

/** One step, then an exam of 40 rows. */
function armEndingAt(hacks: number, changed: Readonly<Record<string, number>> = {}, solves = 20): PlannedArm {
  const figures = { drift_angle_a: 0.5, drift_angle_b: 0.25, drift_overlap: 0.75, v_hack_meaning: 0.875, ...changed };
  return {
    before: { train: null, heldout: null },
    steps: [{ figures, train: { hacks, solves, rows: 40 }, heldout: null, cosIn: 0.5, cosOut: -0.125 }],
  };
}

const four: FourArms = {
  vanilla: armEndingAt(30),
  projected: armEndingAt(10),
  vanilla_lora: armEndingAt(30),
  projected_lora: armEndingAt(12),
};

const of = (changed: Partial<FourArms>) => ({ ...given, arms: readingsOf({ ...four, ...changed }) });

/** What R6 says where it measures like this. */
const message = (measure: typeof loraComparison, changed: Partial<FourArms>) =>
  judge({ ...phase2Criteria.find(({ id }) => id === "R6")!, measure }, of(changed)).message;

const arm = toothArm(2);

const replays = { lora: toothArm(4), antipasto: toothArm(6) };

const zero = (row: RolloutRow) => ({ ...row, meanCosPost: row.meanCosPost ?? 0 });

lawsOf("loraComparison", loraComparison, (law) => {
  law(
    "compares what it says: ratio = (vanilla_lora - projected_lora) / (vanilla - projected), |vanilla - vanilla_lora|, steps without drift",
    {
      else: "R6 is answered by another arm, or a no is clean that is not",
      for: [arms, fc.boolean()],
      holds: (measure, arms, extracted) => {
        const measurement = measured(measure, {
          ...(extracted ? given : { ...given, lora: { ...antipasto, vHack: missing } }),
          arms: readingsOf(arms),
        });
        const [vanilla, projected, vanillaLora, projectedLora] = names.map((name) => endsOf(arms[name], "train"));
        const [reduction, reductionLora] = [vanilla!.end - projected!.end, vanillaLora!.end - projectedLora!.end];
        expect(measurement.path).toBe("out/projected_lora");
        expect(comparisonsOf(measurement)).toEqual([
          ["LoRA's reduction over AntiPaSTO's", reductionLora / reduction, "at least", 0.8, "claim"],
          ["AntiPaSTO's reduction", reduction, "at least", 0.1, "pass"],
          [
            "hack rates of the two vanilla arms apart",
            Math.abs(vanilla!.end - vanillaLora!.end),
            "at most",
            0.1,
            "pass",
          ],
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
          ...(extracted
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
      rejects: {
        "the ratio upside down": [revalued(loraComparison, /over/, (ratio) => 1 / ratio), run, true],
        "AntiPaSTO's arms for LoRA's": [
          withArms(loraComparison, (arms) => ({
            ...arms,
            vanilla_lora: arms.vanilla,
            projected_lora: arms.projected,
          })),
          run,
          true,
        ],
        "a drift of zero where none was measured": [revalued(loraComparison, /without/, () => 0), run, true],
      },
    },
  );

  law("reports the basis after the last step, the cosines of both replays, and every step's two angles", {
    else: "a basis that turned away is read from the report as one that stayed",
    for: [arms, fc.record({ lora: fc.option(anyPlannedArm), antipasto: fc.option(anyPlannedArm) })],
    holds: (measure, arms, replays) => {
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
    rejects: {
      "the replays left out": [withoutNotes(loraComparison, /replay/), run, replays],
      "AntiPaSTO's replay for LoRA's": [
        (evidence) => loraComparison({ ...evidence, lora: evidence.antipasto }),
        run,
        replays,
      ],
    },
  });

  law("misses what is not there: any of the four arms absent -> no evidence, naming its command", {
    else: "a comparison with an arm that nobody ran counts as one",
    for: [],
    holds: (measure) => {
      for (const name of ["vanilla", "projected", "vanilla_lora", "projected_lora"] as const) {
        const message = expect.stringContaining(`vhack grpo --arm ${name}`);
        expect(measure({ ...given, arms: readingsOf({ ...four, [name]: undefined }) })).toMatchObject({
          kind: "noEvidence",
          message,
        });
      }
    },
    rejects: {
      "AntiPaSTO's arms for LoRA's": [
        withArms(loraComparison, (arms) => ({ ...arms, vanilla_lora: arms.vanilla, projected_lora: arms.projected })),
      ],
    },
  });

  law("says it in points: 18 of 40 over 20 of 40 is 0.90", {
    else: "a projection that made it worse reads as one that helped",
    for: [],
    holds: (measure) => {
      const lora = { ...antipasto, projected: readingsOf(four).projected_lora };
      const { headline, notes } = measured(measure, { ...of({}), lora });
      expect(headline).toBe("0.90 (LoRA -45.0 points, AntiPaSTO -50.0 points)");
      expect(measured(measure, of({ projected_lora: armEndingAt(34) })).headline).toBe(
        "-0.20 (LoRA +10.0 points, AntiPaSTO -50.0 points)",
      );
      const texts = notes.map(({ text }) => text);
      expect(texts).toContain(
        "largest principal angle 0.500 rad in A, 0.250 in B; overlap of A 0.750; v_hack's change of the weights has cosine 0.875 with the one at extraction",
      );
      expect(texts).toContain("first third 0.5000 and -0.1250, last third 0.5000 and -0.1250");
    },
    rejects: {
      "a projection that always helps": [
        measuring(loraComparison, (measured) => ({ ...measured, headline: measured.headline.replaceAll("+", "-") })),
      ],
    },
  });

  law("names the cause with its figures: less off, nothing to compare with, unmatched arms, a basis that turned", {
    else: "the researcher is told that it failed and not why",
    for: [],
    holds: (measure) => {
      expect(message(measure, { projected_lora: armEndingAt(20) })).toMatch(
        /^the projection in LoRA knobs takes 25\.0 points off .* AntiPaSTO knobs takes 50\.0$/,
      );
      expect(message(measure, { projected: armEndingAt(28) })).toBe(
        "there is no reduction to compare with: AntiPaSTO's is 5.0 points",
      );
      expect(message(measure, { vanilla_lora: armEndingAt(30, {}, 10) })).toMatch(
        /not at matched solve rates \(0\.500 and 0\.250\)/,
      );
      expect(message(measure, { projected_lora: armEndingAt(12, { v_hack_meaning: 0.25 }) })).toMatch(
        /^LoRA's basis drifted: .* has cosine 0\.25 with/,
      );
    },
    rejects: {
      silence: [conditioned(loraComparison, (one) => ({ ...one, cause: "" }))],
    },
  });
});

lawsOf("removal", removal, (law) => {
  law("averages cos_in and cos_out over the first and the last third of the steps, at least one each", {
    else: "cos_out that approaches cos_in as the basis turns goes unseen",
    for: [anyPlannedArm],
    holds: (average, arm) => {
      expect(average(stageOf(arm))).toEqual(removalOf(arm));
    },
    rejects: {
      halves: [
        (stage) => ({
          ...removal(stage),
          cosInEarly: removal(stage.slice(0, 15)).cosInLate,
        }),
        arm,
      ],
      "cosines that are missing taken for zero": [
        (stage) => removal(stage.map((step) => ({ ...step, rows: step.rows.map(zero) }))),
        { ...arm, steps: arm.steps.slice(5, 11) },
      ],
    },
  });

  law("has no cosines of no steps: NaN", {
    else: "a replay that is absent shows cosines of zero",
    for: [],
    holds: (average) => expect(Object.values(average([]))).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]),
    rejects: {
      "zero for no steps": [
        (stage) =>
          stage.length === 0 ? { cosInEarly: 0, cosOutEarly: 0, cosInLate: 0, cosOutLate: 0 } : removal(stage),
      ],
    },
  });
});
