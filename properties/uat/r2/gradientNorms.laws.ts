import fc from "fast-check";
import { expect } from "vitest";
import { medianNorms, normStability, stepRatios } from "../../../src/uat/r2/gradientNorms.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { madeUpStage } from "../../support/madeUpStage.ts";
import { expectTypicalJump, type Norms, plainMedians, plainRatios } from "./plainNorms.ts";

type Ratios = typeof stepRatios;

const stageOf = (norms: Norms) =>
  madeUpStage(norms.map((step) => ({ rows: step.map((gradNormContrib) => ({ gradNormContrib })) })));

const norms: fc.Arbitrary<Norms> = fc.array(fc.array(fc.constantFrom(null, 0, 0.5, 1, 2, 3, 20), { maxLength: 3 }), {
  minLength: 1,
  maxLength: 6,
});

const nextByLast: Ratios = (stage) =>
  medianNorms(stage)
    .slice(1)
    .map(([, norm], i) => norm / medianNorms(stage)[i]![1]);

lawsOf("medianNorms", medianNorms, (law) => {
  law("takes medians: [step, median |g|] of every step with gradients", {
    for: [norms],
    holds: (medians, norms) => {
      expect(medians(stageOf(norms))).toEqual(plainMedians(norms));
    },
    rejects: {
      means: [
        (stage) =>
          stage.map(({ step: at, rows }) => [
            at,
            rows.reduce((sum, row) => sum + (row.gradNormContrib ?? 0), 0) / rows.length,
          ]),
        [[1, 1, 20]],
      ],
    },
  });
});

lawsOf("stepRatios", stepRatios, (law) => {
  law("compares neighbours: max / min of consecutive medians, over steps of zero gradients", {
    for: [norms],
    holds: (ratios, norms) => {
      expect(ratios(stageOf(norms))).toEqual(plainRatios(norms));
    },
    rejects: {
      "a fall below 1": [nextByLast, [[2], [1]]],
      "division by a step of zeros": [nextByLast, [[1], [0], [2]]],
    },
  });
});

lawsOf("normStability", normStability, (law) => {
  law("judges the typical jump: median of the ratios, 1 where there is none", {
    else: "a mask that counts pads passes, or one surprising token fails a sound run",
    for: [norms],
    holds: (stability, norms) => {
      expectTypicalJump(stability(stageOf(norms)), norms);
    },
    rejects: {
      "the largest": [
        (stage) => ({ ...normStability(stage), value: Math.max(1, ...stepRatios(stage)) }),
        [[1], [1], [1], [20]],
      ],
    },
  });
});
