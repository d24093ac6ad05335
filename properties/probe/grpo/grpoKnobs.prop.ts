import fc from "fast-check";
import * as tf from "@tensorflow/tfjs-core";
import { describe, it } from "vitest";
import { descend } from "../../../src/probe/grpo/grpoKnobs.ts";
import { float32 } from "../../support/arbitraries.ts";
import { forEachBackend } from "../../support/backends.ts";
import { rejects } from "../../support/rejects.ts";
import { descentLaws, updateOf, type Descend, type Descent } from "./grpoKnobs.statements.ts";

const four = fc.array(
  float32.map((x) => (Math.abs(x) < 2 ** -10 ? 0 : x)),
  { minLength: 4, maxLength: 4 },
);
const descent: fc.Arbitrary<Descent> = fc.record({ knobs: four, gradient: four });
const kinds = fc.tuple(
  fc.constantFrom("vanilla", "projected", "routed", "random_v"),
  fc.constantFrom("gradient", "update"),
  fc.constantFrom("adamw", "sgd"),
);
const runs = { numRuns: 40 };

const tooth: Descent = { knobs: [0.5, -1, 2, 0], gradient: [2, -1, 0.5, 3] };
/** A descent whose settings, or whose result, are tampered with. */
const mutant =
  (change: { settings?: (s: ReturnType<typeof updateOf>) => ReturnType<typeof updateOf>; forget?: boolean }): Descend =>
  (knobs, gradient, direction, settings) => {
    const done = descend(knobs, gradient, direction, (change.settings ?? ((s) => s))({ ...settings }));
    return change.forget ? { ...done, update: tf.zerosLike(done.update) } : done;
  };

forEachBackend(() => {
  describe("descend", () => {
    it("reports the step it takes: deployed' = deployed + update", () =>
      fc.assert(
        fc.asyncProperty(descent, kinds, (drawn, [arm, project, optimizer]) =>
          descentLaws.reportsItsUpdate(descend, drawn, updateOf(arm, project, optimizer)),
        ),
        runs,
      ));
    // ELSE AdamW's preconditioner brings back what was removed, and the projected arm still learns to hack
    it("with the gate on the update nothing moves hack-ward: <-update, v> <= 0, for AdamW and SGD", () =>
      fc.assert(
        fc.asyncProperty(descent, fc.constantFrom("adamw", "sgd"), (drawn, optimizer) =>
          descentLaws.neverMovesHackward(descend, drawn, optimizer),
        ),
        runs,
      ));
    it("routing parks exactly what projecting removes: deployed + quarantined = vanilla", () =>
      fc.assert(
        fc.asyncProperty(descent, (drawn) => descentLaws.routesWhatItRemoves(descend, drawn)),
        runs,
      ));
    it("random v removes along its own direction only", () =>
      fc.assert(
        fc.asyncProperty(descent, (drawn) => descentLaws.leavesOtherAxes(descend, drawn)),
        runs,
      ));
  });

  describe("teeth: descend", () => {
    it("the step reported rejects: an unreported step; no hack-ward motion rejects: vanilla where the gate was asked for", async () => {
      await rejects(() =>
        descentLaws.reportsItsUpdate(mutant({ forget: true }), tooth, updateOf("vanilla", "gradient", "sgd")),
      );
      await rejects(() =>
        descentLaws.neverMovesHackward(mutant({ settings: (s) => ({ ...s, arm: "vanilla" }) }), tooth, "sgd"),
      );
    });
    it("routing rejects: a route that erases; random directions rejects: a random arm that removes nothing", async () => {
      await rejects(() =>
        descentLaws.routesWhatItRemoves(
          mutant({ settings: (s) => (s.arm === "routed" ? { ...s, arm: "projected" } : s) }),
          tooth,
        ),
      );
      await rejects(() => descentLaws.leavesOtherAxes(mutant({ settings: (s) => ({ ...s, arm: "vanilla" }) }), tooth));
    });
  });
});
