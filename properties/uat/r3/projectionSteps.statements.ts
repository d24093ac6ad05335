import { expect } from "vitest";
import type { StageEvidence } from "../../../src/uat/evidence/evidence.ts";
import type { projectionSteps } from "../../../src/uat/r3/projectionSteps.ts";
import type { removalIsComplete } from "../../../src/uat/r3/projectionSteps.ts";
import { plainMedian } from "../../reference/median.ts";
import { manifest } from "../../support/evidence.ts";
import { evidenceOf, madeUpStage } from "../../support/madeUpStage.ts";
import { measured } from "../../support/measured.ts";

export type Steps = typeof projectionSteps;
export type Removal = typeof removalIsComplete;

/** What one step recorded; a step may have no rows. */
export interface Drawn {
  readonly rows: number;
  readonly meanCosPre: number | null;
  readonly meanCosPost: number | null;
  readonly fracFired: number | null;
  readonly cosUpdate: number | null;
}

/** A pair of cosines stands on the last row alone; the others hold half of it, and of another size. */
const stageOf = (drawn: readonly Drawn[]): StageEvidence =>
  madeUpStage(
    drawn.map(({ rows, ...figures }) => {
      const isPair = figures.meanCosPre !== null && figures.meanCosPost !== null;
      const half = isPair ? { ...figures, meanCosPre: 1, meanCosPost: null } : figures;
      return { rows: Array.from({ length: rows }, (_, i) => (i < rows - 1 ? half : figures)) };
    }),
  );

type Figure = "meanCosPre" | "meanCosPost" | "fracFired" | "cosUpdate";

/** A figure of the steps that have it, as [step, figure]. */
const pointsOf = (drawn: readonly Drawn[], figure: Figure) =>
  drawn.flatMap(({ rows, [figure]: value }, step): [number, number][] =>
    rows === 0 || value === null ? [] : [[step, value]],
  );

const whole = ({ rows, meanCosPre, meanCosPost, fracFired }: Drawn) =>
  rows > 0 && meanCosPre !== null && meanCosPost !== null && fracFired !== null;

function causeOf({ rows, meanCosPre, meanCosPost }: Drawn): "unrecorded" | "copied" | "turned" | "removed" {
  if (rows === 0 || meanCosPre === null || meanCosPost === null) return "unrecorded";
  return meanCosPost === meanCosPre ? "copied" : meanCosPost > meanCosPre ? "turned" : "removed";
}

const blames = {
  unrecorded: /recorded no cos_in and cos_out/,
  copied: /copied through unprojected/,
  turned: /sign of the projection is inverted/,
  removed: /nearly orthogonal to the gradient/,
};

/** How a manifest says that removal was meant. */
export interface Meant {
  readonly gate: string;
  readonly overshoot: unknown;
  readonly cosIn: number;
  readonly cosOut: number;
}

export const projectionStepsLaws = {
  countsSteps(steps: Steps, drawn: readonly Drawn[]): void {
    const {
      conditions: [reduction, firing],
      headline,
    } = measured(steps, evidenceOf({ projected: stageOf(drawn) }));
    const reduced = drawn.filter((step) => causeOf(step) === "removed").length;
    const fired = drawn.filter(({ rows, fracFired }) => rows > 0 && fracFired !== null && fracFired > 0.5).length;
    expect(reduction).toMatchObject({
      value: reduced / drawn.length,
      relation: "at least",
      bound: 0.8,
      decides: "pass",
    });
    expect(firing).toMatchObject({ value: fired / drawn.length, relation: "more than", bound: 0.5, decides: "pass" });
    expect(headline).toBe(`${(reduced / drawn.length).toFixed(3)} (${reduced} of ${drawn.length})`);
  },

  /** What more than half of the steps did is the cause; where no cause has a majority, the gradient lies aside. */
  blamesTheMajority(steps: Steps, drawn: readonly Drawn[]): void {
    const causes = drawn.map(causeOf);
    const cause = causes.find((one) => causes.filter((each) => each === one).length * 2 > causes.length) ?? "removed";
    expect(measured(steps, evidenceOf({ projected: stageOf(drawn) })).conditions[0].cause).toMatch(blames[cause]);
  },

  showsWhatWasRecorded(steps: Steps, drawn: readonly Drawn[]): void {
    const { notes, figures } = measured(steps, evidenceOf({ projected: stageOf(drawn) }));
    const full = drawn.filter(whole);
    const median = (figure: Figure) => plainMedian(full.map((step) => step[figure]!));
    const expected = { text: "not recorded", values: {} };
    if (full.length > 0) {
      const [cosIn, cosOut, fracFired] = [median("meanCosPre"), median("meanCosPost"), median("fracFired")];
      expected.text = `cos_in ${cosIn.toFixed(4)}, cos_out ${cosOut.toFixed(4)}, frac_fired ${fracFired.toFixed(3)}`;
      expected.values = { cosIn, cosOut, fracFired };
    }
    expect(notes).toContainEqual({ label: "medians over the steps", ...expected });
    const names = [
      ["cos_in", "meanCosPre"],
      ["cos_out", "meanCosPost"],
      ["cos_update", "cosUpdate"],
    ] as const;
    expect(figures).toMatchObject([
      {
        kind: "lines",
        xLabel: "step",
        series: names.map(([name, figure]) => ({ name, points: pointsOf(drawn, figure) })),
      },
    ]);
  },

  /** Each other stage that is there adds its comparisons, and only that. */
  comparesWithWhatIsThere(steps: Steps, drawn: readonly Drawn[]): void {
    const meant = { manifest: manifest("replay", { config: { gate: "one_sided", overshoot: 1 } }) };
    const stage = stageOf(drawn).map((step) => ({ ...step, ...meant }));
    const moving = stageOf(drawn.map((step) => ({ ...step, rows: 1, cosUpdate: 0.5 })));
    const found = (others: Parameters<typeof evidenceOf>[0]) => {
      const { conditions, notes } = measured(steps, evidenceOf({ projected: stage, ...others }));
      return [conditions.map(({ name }) => name), notes.map(({ label }) => label)] as const;
    };
    const [alone, ownNotes] = found({});
    expect(ownNotes).toEqual([
      "what R3 shows",
      "medians over the steps",
      "cos_update, projected",
      "delta_S along v_hack, projected",
    ]);
    expect(alone).toContain("steps with hack-ward gradient left after removal");
    expect(alone).toContain("artifacts that disagree on model, tokenizer, basis or v_hack");
    const [beside, bothNotes] = found({ vanilla: moving });
    const kept =
      pointsOf(drawn, "cosUpdate").length === 0 ? [] : ["share of vanilla's cos_update that projected keeps"];
    expect(beside.toSorted()).toEqual([...alone, ...kept].toSorted());
    expect(bothNotes).toEqual([...ownNotes, "cos_update, vanilla", "delta_S along v_hack, vanilla"]);
    const [replayed, notes] = found({ pool: moving });
    expect(replayed.toSorted()).toEqual(
      [...alone, "projected: pool rows not replayed", "projected: rows that the pool does not hold"].toSorted(),
    );
    expect(notes).toEqual(ownNotes);
  },
};

export const removalLaws = {
  /** Steps that were to lose the whole component and have more of it than float32 rounds, and how much they kept. */
  countsWhatIsLeft(removal: Removal, drawn: readonly Meant[]): void {
    const stage = madeUpStage(
      drawn.map(({ gate, overshoot }) => ({ rows: [], manifest: manifest("replay", { config: { gate, overshoot } }) })),
    );
    const steps = drawn.map(({ cosIn, cosOut }, step) => ({ step, cosIn, cosOut, fracFired: 1 }));
    const judged = drawn.filter(
      ({ gate, overshoot }) => gate === "one_sided" && (overshoot === 1 || overshoot === 1.5),
    );
    const left = judged.filter(({ cosOut }) => cosOut === 0.1 || cosOut === 0.3 || Number.isNaN(cosOut));
    const found = removal(stage, steps);
    expect(found).toHaveLength(judged.length === 0 ? 0 : 1);
    if (judged.length > 0)
      expect(found[0]).toMatchObject({ value: left.length, relation: "at most", bound: 0, decides: "pass" });
    const share = left.reduce((sum, { cosIn, cosOut }) => sum + (100 * cosOut) / cosIn, 0) / Math.max(left.length, 1);
    const cause = `${share.toFixed(0)}% of the alignment is left in ${left.length} of ${judged.length} steps:`;
    if (judged.length > 0) expect(found[0]!.cause.slice(0, cause.length)).toBe(cause);
    expect(
      removal(
        stage.map((step) => ({ ...step, manifest: null })),
        steps,
      ),
      "a step that does not say what was meant",
    ).toEqual([]);
  },
};
