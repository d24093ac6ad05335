import { describe, it } from "vitest";
import type { StageEvidence } from "../../src/uat/evidence/evidence.ts";
import { phase2Conclusion } from "../../src/uat/conclusion.ts";
import { armsComparable } from "../../src/uat/phase2/armsComparable.ts";
import { sideBySide } from "../../src/uat/phase2/sideBySide.ts";
import { sweepSummary } from "../../src/uat/phase2/sweepSummary.ts";
import { antipasto, bare, givenBare } from "../support/phase2Given.ts";
import { toothArm } from "../support/plannedArm.ts";
import { rejects } from "../support/rejects.ts";
import { phase2ConclusionLaws, type Phase2Conclusion } from "../uat/phase2Conclusion.statements.ts";
import { armsComparableLaws, type ArmsComparable } from "../uat/phase2/armsComparable.statements.ts";
import { sideBySideLaws, type SideBySide } from "../uat/phase2/sideBySide.statements.ts";
import { sweepSummaryLaws } from "../uat/phase2/sweepSummary.statements.ts";

const columnsSwapped: SideBySide = (evidence) =>
  sideBySide(evidence).map(({ figure, antipasto, lora }) => ({ figure, antipasto: lora, lora: antipasto }));
const absentAsZero: SideBySide = (evidence) =>
  sideBySide(evidence).map((row) => ({ ...row, antipasto: row.antipasto.replace(/^-$/, "0.000") }));

describe("teeth: sideBySide", () => {
  it("the arms rejects: columns swapped, zero for an arm that is absent, random directions for the projected arm", async () => {
    const arms = {
      vanilla: toothArm(9),
      projected: toothArm(3),
      vanilla_lora: toothArm(10),
      projected_lora: toothArm(5),
      random_v_lora: toothArm(7),
    };
    const exchanged: SideBySide = (evidence) => {
      const { projected_lora, random_v_lora } = evidence.arms;
      return sideBySide({
        ...evidence,
        arms: { ...evidence.arms, projected_lora: random_v_lora, random_v_lora: projected_lora },
      });
    };
    for (const wrong of [columnsSwapped, absentAsZero, exchanged])
      await rejects(() => sideBySideLaws.showsTheArms(wrong, givenBare, arms));
  });
  it("the replays rejects: columns swapped, zero for cosines that were not recorded", async () => {
    const replays = { antipasto: null, lora: toothArm(4) };
    for (const wrong of [columnsSwapped, absentAsZero])
      await rejects(() => sideBySideLaws.showsTheReplays(wrong, givenBare, replays));
  });
  it("agreement with R4 rejects: the run's own t for LoRA's", () =>
    rejects(() =>
      sideBySideLaws.agreesWithR4(
        (evidence) => sideBySide({ ...evidence, lora: evidence.antipasto }),
        givenBare,
        antipasto,
        bare,
      ),
    ));
});

const settings = { problems: 64, learningRate: 0.01, gate: "one_sided" };
const changed =
  (change: (stage: StageEvidence) => StageEvidence): ArmsComparable =>
  (stages, two) =>
    armsComparable(
      stages.map(([arm, stage]) => [arm, change(stage)]),
      two,
    );
const inWrittenOrder: ArmsComparable = (stages, two) => {
  const orders = stages.map(([, stage]) =>
    Object.keys(stage[0]!.manifest?.config ?? {})
      .filter((name) => name !== "arm")
      .join(),
  );
  return { ...armsComparable(stages, two), value: orders.filter((order) => order !== orders[0]).length };
};
const oneAdapterAlways: ArmsComparable = (stages) => armsComparable(stages, false);
const twoAdaptersAlways: ArmsComparable = (stages) => armsComparable(stages, true);

describe("teeth: armsComparable", () => {
  it("what is their own rejects: settings in the order in which they were written, two adapters held to one step size", async () => {
    for (const wrong of [inWrittenOrder, oneAdapterAlways])
      await rejects(() => armsComparableLaws.acceptsWhatIsTheirOwn(wrong, settings, true));
  });
  it("every other run rejects: another v_hack or step size let pass, settings unseen, a shorter arm let pass, the first step for all", async () => {
    const withoutSettings = changed((stage) =>
      stage.map((step) => ({ ...step, manifest: step.manifest && { ...step.manifest, config: {} } })),
    );
    const cut = changed((stage) => stage.slice(0, 2));
    const firstStep = changed((stage) => stage.map((step) => ({ ...step, manifest: stage[0]!.manifest })));
    for (const wrong of [twoAdaptersAlways, withoutSettings, cut, firstStep])
      await rejects(() => armsComparableLaws.countsEveryOtherRun(wrong, settings, false));
  });
  it("other exams rejects: exams unseen", () => {
    const unseen = changed((stage) =>
      stage.map((step) => ({ ...step, manifest: step.manifest && { ...step.manifest, measurements: {} } })),
    );
    return rejects(() => armsComparableLaws.countsOtherExams(unseen, false));
  });
});

describe("teeth: phase2Conclusion", () => {
  it("each said once rejects: what was not measured told as failed, a clean no left out, what was not measured said twice", async () => {
    const asFailed: Phase2Conclusion = (verdicts) =>
      phase2Conclusion(verdicts.map((verdict) => ({ ...verdict, measured: true })));
    const leftOut: Phase2Conclusion = (verdicts) =>
      phase2Conclusion(verdicts.filter(({ outcome }) => outcome !== "CLEAN NEGATIVE"));
    const twice: Phase2Conclusion = (verdicts) => {
      const unmeasured = verdicts.filter(({ measured }) => !measured);
      return phase2Conclusion([...verdicts, ...unmeasured.map((verdict) => ({ ...verdict, measured: true }))]);
    };
    for (const wrong of [asFailed, leftOut, twice])
      await rejects(() => phase2ConclusionLaws.saysEachOnce(wrong, ["PASS", "CLEAN NEGATIVE", "unmeasured"]));
  });
});

describe("teeth: sweepSummary", () => {
  const arms = ["vanilla", "projected", "vanilla_lora", "projected_lora"];
  const cells = [41, 42].flatMap((seed) =>
    arms.map((arm, i) => ({ arm, seed, plan: toothArm(i * i + (seed === 41 ? 0 : 7 - i)) })),
  );
  it("own seeds rejects: one seed for all, gaps to another seed's vanilla, LoRA's gap to AntiPaSTO's vanilla", async () => {
    const firstSeed: typeof sweepSummary = (all) => sweepSummary(all.filter(({ seed }) => seed === 41));
    const otherSeed: typeof sweepSummary = (all) =>
      sweepSummary(all.map((cell) => ({ ...cell, seed: cell.arm === "vanilla" ? 83 - cell.seed : cell.seed })));
    const otherAdapter: typeof sweepSummary = (all) => {
      const renamed = all
        .filter(({ arm }) => arm !== "projected")
        .map((cell) => (cell.arm === "projected_lora" ? { ...cell, arm: "projected" } : cell));
      const { under } = sweepSummary(renamed).find(({ arm }) => arm === "projected")!;
      return sweepSummary(all).map((row) => (row.arm === "projected_lora" ? { ...row, under } : row));
    };
    for (const wrong of [firstSeed, otherSeed, otherAdapter])
      await rejects(() => sweepSummaryLaws.estimatesFromOwnSeeds(wrong, cells));
  });
});
