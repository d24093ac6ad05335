import fc from "fast-check";
import { expect } from "vitest";
import type { StageEvidence } from "../../../src/uat/evidence/evidence.ts";
import { projectionSteps, removalIsComplete } from "../../../src/uat/r3/projectionSteps.ts";
import { plainMedian } from "../../reference/plainTests.ts";
import { manifest, withRows, withSteps } from "../../support/evidence.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { evidenceOf, madeUpStage } from "../../support/madeUpStage.ts";
import { measured, measuring } from "../../support/measured.ts";

type Steps = typeof projectionSteps;

/** What one step recorded; a step may have no rows. */
interface Drawn {
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
interface Meant {
  readonly gate: string;
  readonly overshoot: unknown;
  readonly cosIn: number;
  readonly cosOut: number;
}

/** Few values, so that equal cosines and figures at the bounds are frequent; all exact in binary. */
const figure = fc.constantFrom(null, -0.25, 0, 0.25, 0.5, 0.75);

const step: fc.Arbitrary<Drawn> = fc.record({
  rows: fc.constantFrom(0, 1, 2, 2, 2, 2),
  meanCosPre: figure,
  meanCosPost: figure,
  fracFired: figure,
  cosUpdate: figure,
});

/** Steps of at most three kinds, so that majorities are frequent too. */
const drawn = fc
  .tuple(step, step, step)
  .chain(([a, b, c]) => fc.array(fc.constantFrom(a, a, b, c), { minLength: 1, maxLength: 5 }));

/** One step each of removed, copied and turned. */
const noMajority: Drawn[] = [-0.25, 0, 0.25].map((meanCosPost) => ({
  rows: 1,
  meanCosPre: 0,
  meanCosPost,
  fracFired: 1,
  cosUpdate: 0,
}));

const meant: fc.Arbitrary<Meant> = fc.record({
  gate: fc.constantFrom("one_sided", "one_sided", "one_sided", "reverse"),
  overshoot: fc.constantFrom<unknown[]>(1, 1, 1, 1.5, 0.5, "1", null),
  cosIn: fc.constantFrom(0.5, 1),
  cosOut: fc.constantFrom(-0.1, 5e-5, 0.1, 0.1, 0.3, 0.3, Number.NaN),
});

const fired: Drawn = { rows: 1, meanCosPre: 0.5, meanCosPost: 0, fracFired: 0.75, cosUpdate: 0.25 };
const copied: Drawn = { ...fired, meanCosPost: 0.5, fracFired: 0.5 };
const silent: Drawn = { ...fired, meanCosPre: null, meanCosPost: null, fracFired: null };

const firstStep: Steps = (evidence) => projectionSteps(withSteps(evidence, "projected", (stage) => stage.slice(0, 1)));

const whollyMeant = { gate: "one_sided", overshoot: 1, cosIn: 0.5, cosOut: 0.1 };

const missing = { kind: "missing", path: "nowhere", command: "" } as const;

lawsOf("projectionSteps", projectionSteps, (law) => {
  law("counts steps: #{cos_out < cos_in} / n and #{frac_fired > 0.5} / n, a step without figures in neither", {
    else: "a projection that acts in a few steps passes R3",
    for: [drawn],
    holds: (steps, drawn) => {
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
    rejects: {
      "silent steps left out": [
        (evidence) =>
          projectionSteps(
            withSteps(evidence, "projected", (stage) => stage.filter(({ rows }) => rows[0]?.meanCosPre !== null)),
          ),
        [fired, copied, silent],
      ],
      "frac_fired = 0.5 taken for more": [
        (evidence) =>
          projectionSteps(
            withRows(evidence, "projected", (row) => ({
              ...row,
              fracFired: row.fracFired === 0.5 ? 0.75 : row.fracFired,
            })),
          ),
        [fired, copied, silent],
      ],
    },
  });

  law("blames the majority: a cause is what more than half of the steps show", {
    else: "the researcher looks for a wrong sign where the projection never ran",
    for: [drawn],
    holds: (steps, drawn) => {
      const causes = drawn.map(causeOf);
      const cause = causes.find((one) => causes.filter((each) => each === one).length * 2 > causes.length) ?? "removed";
      expect(measured(steps, evidenceOf({ projected: stageOf(drawn) })).conditions[0].cause).toMatch(blames[cause]);
    },
    examples: [[noMajority]],
    rejects: { "the first step's": [firstStep, [fired, copied, copied]] },
  });

  law("shows what was recorded: medians over whole steps, and each step's cosines", {
    else: "the report shows other cosines than the rows hold",
    for: [drawn],
    holds: (steps, drawn) => {
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
    rejects: {
      "one step for the median": [firstStep, [fired, copied, copied]],
      "no figure": [measuring(projectionSteps, (measured) => ({ ...measured, figures: [] })), [fired, copied, copied]],
    },
  });

  law("compares with what is there: vanilla adds its motion, the pool its rows, nothing else changes", {
    else: "a projected replay of another pool, or one whose optimizer undoes the removal, passes R3",
    for: [drawn],
    holds: (steps, drawn) => {
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
    rejects: {
      "vanilla unseen": [(evidence) => projectionSteps({ ...evidence, vanilla: missing }), [fired]],
      "the pool unseen": [(evidence) => projectionSteps({ ...evidence, pool: missing }), [fired]],
    },
  });
});

lawsOf("removalIsComplete", removalIsComplete, (law) => {
  law("counts what is left: steps with cos_out > 5e-5 of those with gate one_sided and overshoot >= 1", {
    else: "a projection of a part of the modules passes as removal",
    for: [fc.array(meant, { maxLength: 3 })],
    holds: (removal, drawn) => {
      const stage = madeUpStage(
        drawn.map(({ gate, overshoot }) => ({
          rows: [],
          manifest: manifest("replay", { config: { gate, overshoot } }),
        })),
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
    rejects: {
      "every gate taken for removal": [
        (stage, ...rest) =>
          removalIsComplete(
            stage.map((one) => ({
              ...one,
              manifest: manifest("replay", { config: { gate: "one_sided", overshoot: 1 } }),
            })),
            ...rest,
          ),
        [{ ...whollyMeant, gate: "reverse" }, whollyMeant],
      ],
      "NaN taken for removed": [
        (stage, steps) =>
          removalIsComplete(
            stage,
            steps.map((one) => ({ ...one, cosOut: Number.isNaN(one.cosOut) ? 0 : one.cosOut })),
          ),
        [{ ...whollyMeant, cosOut: Number.NaN }, whollyMeant],
      ],
    },
  });
});
