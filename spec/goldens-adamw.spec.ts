import * as tf from "@tensorflow/tfjs-core";
import { it } from "vitest";
import { AdamW } from "../src/optim/adamw.ts";
import { adamWReference } from "../properties/reference/adamw.ts";
import { forEachBackend } from "../properties/support/backends.ts";
import { expectWithin, goldenTolerance, unitRoundoff32 } from "../properties/support/tolerance.ts";
import { describeGolden } from "./support/goldens.ts";

interface Case {
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weight_decay: number;
  readonly start: number[];
  readonly grads: number[][];
  readonly params: number[][];
}

describeGolden("adamw.json", (golden) => {
  const cases = golden as readonly Case[];
  const hyperparametersOf = ({ beta1, beta2, eps, weight_decay }: Case) => ({
    beta1,
    beta2,
    eps,
    weightDecay: weight_decay,
  });

  it("float64 twin: every parameter after every step within 1e-9", () => {
    for (const golden of cases)
      adamWReference(golden.start, golden.grads, golden.lr, hyperparametersOf(golden)).forEach(({ knobs }, t) =>
        knobs.forEach((knob, j) =>
          expectWithin(knob, golden.params[t]![j]!, goldenTolerance.float64Absolute, `step ${t} entry ${j}`),
        ),
      );
  });

  forEachBackend(() => {
    it("device: every parameter after t steps within t (32 lr + 4 |parameter|) float32 roundoffs", async () => {
      for (const golden of cases) {
        const optimizer = AdamW.start(1, golden.start.length, hyperparametersOf(golden));
        let knobs = tf.tensor2d([golden.start]);
        for (const [t, gradient] of golden.grads.entries()) {
          ({ knobs } = optimizer.step(knobs, tf.tensor2d([gradient]), golden.lr));
          const values = await knobs.data();
          // an entry moves by a few lr at most, in under 32 rounded operations; adding the step rounds the parameter again
          golden.params[t]!.forEach((wanted, j) =>
            expectWithin(
              values[j]!,
              wanted,
              (t + 1) * (32 * golden.lr + 4 * Math.abs(wanted)) * unitRoundoff32,
              `step ${t} entry ${j}`,
            ),
          );
        }
        optimizer.dispose();
      }
    });
  });
});
