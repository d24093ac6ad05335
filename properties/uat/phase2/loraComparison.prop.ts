import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judge } from "../../../src/uat/judge.ts";
import { loraComparison, removal } from "../../../src/uat/phase2/loraComparison.ts";
import { phase2Criteria } from "../../../src/uat/criteria.ts";
import { measured } from "../../support/measured.ts";
import { antipasto, given, missing } from "../../support/phase2Given.ts";
import { anyPlannedArm, readingsOf, type PlannedArm } from "../../support/plannedArm.ts";
import { loraComparisonLaws, type FourArms } from "./loraComparison.statements.ts";

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
const message = (changed: Partial<FourArms>) =>
  judge(
    phase2Criteria.find(({ id }) => id === "R6")!,
    of(changed),
  ).message;

describe("loraComparison", () => {
  // ELSE R6 is answered by another arm, or a no is clean that is not
  it("compares what it says: ratio = (vanilla_lora - projected_lora) / (vanilla - projected), |vanilla - vanilla_lora|, steps without drift", () =>
    fc.assert(
      fc.property(arms, fc.boolean(), (made, extracted) =>
        loraComparisonLaws.comparesWhatItSays(
          loraComparison,
          extracted ? given : { ...given, lora: { ...antipasto, vHack: missing } },
          made,
        ),
      ),
    ));

  // ELSE a basis that turned away is read from the report as one that stayed
  it("reports the basis after the last step, the cosines of both replays, and every step's two angles", () =>
    fc.assert(
      fc.property(
        arms,
        fc.record({ lora: fc.option(anyPlannedArm), antipasto: fc.option(anyPlannedArm) }),
        (made, replays) => loraComparisonLaws.showsDriftAndRemoval(loraComparison, given, made, replays),
      ),
    ));

  // ELSE a comparison with an arm that nobody ran counts as one
  it("misses what is not there: any of the four arms absent -> no evidence, naming its command", () => {
    for (const name of ["vanilla", "projected", "vanilla_lora", "projected_lora"] as const) {
      const message = expect.stringContaining(`vhack grpo --arm ${name}`);
      expect(loraComparison({ ...given, arms: readingsOf({ ...four, [name]: undefined }) })).toMatchObject({
        kind: "noEvidence",
        message,
      });
    }
  });

  // ELSE a projection that made it worse reads as one that helped
  it("says it in points: 18 of 40 over 20 of 40 is 0.90", () => {
    const lora = { ...antipasto, projected: readingsOf(four).projected_lora };
    const { headline, notes } = measured(loraComparison, { ...of({}), lora });
    expect(headline).toBe("0.90 (LoRA -45.0 points, AntiPaSTO -50.0 points)");
    expect(measured(loraComparison, of({ projected_lora: armEndingAt(34) })).headline).toBe(
      "-0.20 (LoRA +10.0 points, AntiPaSTO -50.0 points)",
    );
    const texts = notes.map(({ text }) => text);
    expect(texts).toContain(
      "largest principal angle 0.500 rad in A, 0.250 in B; overlap of A 0.750; v_hack's change of the weights has cosine 0.875 with the one at extraction",
    );
    expect(texts).toContain("first third 0.5000 and -0.1250, last third 0.5000 and -0.1250");
  });

  // ELSE the researcher is told that it failed and not why
  it("names the cause with its figures: less off, nothing to compare with, unmatched arms, a basis that turned", () => {
    expect(message({ projected_lora: armEndingAt(20) })).toMatch(
      /^the projection in LoRA knobs takes 25\.0 points off .* AntiPaSTO knobs takes 50\.0$/,
    );
    expect(message({ projected: armEndingAt(28) })).toBe(
      "there is no reduction to compare with: AntiPaSTO's is 5.0 points",
    );
    expect(message({ vanilla_lora: armEndingAt(30, {}, 10) })).toMatch(
      /not at matched solve rates \(0\.500 and 0\.250\)/,
    );
    expect(message({ projected_lora: armEndingAt(12, { v_hack_meaning: 0.25 }) })).toMatch(
      /^LoRA's basis drifted: .* has cosine 0\.25 with/,
    );
  });
});

describe("removal", () => {
  // ELSE cos_out that approaches cos_in as the basis turns goes unseen
  it("averages cos_in and cos_out over the first and the last third of the steps, at least one each", () =>
    fc.assert(fc.property(anyPlannedArm, (arm) => loraComparisonLaws.averagesFirstAndLastThird(removal, arm))));

  // ELSE a replay that is absent shows cosines of zero
  it("has no cosines of no steps: NaN", () =>
    expect(Object.values(removal([]))).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]));
});
