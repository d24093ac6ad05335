import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { AdamW } from "../../src/optim/adamw.ts";
import { forEachBackend } from "../support/backends.ts";
import { adamWLaws, type Trajectory } from "./adamw.statements.ts";

const usual = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 };
const knob = fc.float({ min: -4, max: 4, noNaN: true });
/** Zero, or between 2^-30 and 2^10: squares stay in float32's normal range, where a relative bound on v holds. */
const slope = fc
  .tuple(fc.constantFrom(-1, 0, 1), fc.integer({ min: -30, max: 9 }), fc.float({ min: 1, max: 2, noNaN: true }))
  .map(([sign, e, mantissa]) => sign * mantissa * 2 ** e);

const trajectory: fc.Arbitrary<Trajectory> = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 2, max: 5 }))
  .chain(([P, steps]) =>
    fc.record({
      knobs: fc.array(knob, { minLength: P, maxLength: P }),
      gradients: fc.array(fc.array(slope, { minLength: P, maxLength: P }), { minLength: steps, maxLength: steps }),
      lr: fc.constantFrom(0.02, 1e-3, 0.5),
      hyperparameters: fc.constantFrom(
        usual,
        { ...usual, weightDecay: 0.1 },
        { beta1: 0.5, beta2: 0.9, eps: 1e-6, weightDecay: 0 },
      ),
    }),
  );

describe("AdamW", () => {
  forEachBackend(() => {
    // ELSE every arm was trained by another optimizer than the one that the report names
    it("agrees with the float64 twin: knobs after every step, to float32 rounding", () =>
      fc.assert(fc.asyncProperty(trajectory, (x) => adamWLaws.agreesWithTwin(AdamW, x))));

    // ELSE cos_update is measured on a step that was not taken
    it("reports its step: knobs' = knobs + update", () =>
      fc.assert(fc.asyncProperty(trajectory, (x) => adamWLaws.reportsItsStep(AdamW, x))));

    it("descends at first, by at most lr: sign(update) = -sign(g), |update| <= lr", () =>
      fc.assert(fc.asyncProperty(trajectory, (x) => adamWLaws.descendsFirst(AdamW, x))));

    it("leaves padding alone: g = 0 and knob = 0 always -> knob = 0", () =>
      fc.assert(fc.asyncProperty(trajectory, (x) => adamWLaws.leavesPaddingAlone(AdamW, x))));

    // ELSE an interrupted run is another run
    it("resumes bit for bit: state saved and restored after any step -> the same knobs", () =>
      fc.assert(fc.asyncProperty(trajectory, (x) => adamWLaws.resumesBitForBit(AdamW, x))));

    it("frees its tensors: after dispose() numTensors is what it was", () =>
      fc.assert(fc.asyncProperty(trajectory, (x) => adamWLaws.freesItsTensors(AdamW, x))));

    it("rejects tables of another shape -> ShapeError", () => adamWLaws.rejectsMisfit(AdamW, usual));

    it("rejects betas outside [0, 1), eps <= 0, negative weight decay -> ConfigError", () => {
      for (const wrong of [{ beta1: 1 }, { beta2: -0.1 }, { eps: 0 }, { weightDecay: -1 }, { beta1: Number.NaN }])
        expect(() => AdamW.start(1, 1, { ...usual, ...wrong })).toThrow(ConfigError);
    });
  });
});
