import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import type { descend, GrpoKnobs } from "../../../src/probe/grpo/grpoKnobs.ts";
import { grpoOptimizer } from "../../../src/probe/grpo/grpoKnobs.ts";
import type { GrpoArm, GrpoUpdate } from "../../../src/probe/grpo/grpoSettings.ts";
import { oneSided } from "../../../src/projection/gates.ts";
import { expectWithin, gamma, norm, unitRoundoff32 } from "../../support/tolerance.ts";

export type Descend = typeof descend;

/** One module of four knobs and a unit direction: the first axis. */
export interface Descent {
  readonly knobs: readonly number[]; // [4]
  readonly gradient: readonly number[]; // [4]
}

const adamW = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 };
export const updateOf = (arm: GrpoArm, project: "gradient" | "update", optimizer: "adamw" | "sgd"): GrpoUpdate => ({
  arm,
  project,
  optimizer,
  adamW,
  teacherLogps: "teacher",
  innerEpochs: 1,
  clip: 0.2,
  beta: 0,
  learningRate: 0.5,
  clipGradNorm: 1,
  remove: (gradient, vHack) => oneSided(gradient, vHack, 1),
});

export const axis = (): tf.Tensor3D => tf.tensor3d([1, 0, 0, 0], [1, 1, 4]);

function start({ knobs }: Descent, settings: GrpoUpdate): GrpoKnobs {
  const optimizer = () => grpoOptimizer(settings, 1, 4, null);
  return {
    deployed: tf.tensor2d([...knobs], [1, 4]),
    quarantined: tf.zeros([1, 4]),
    optimizer: optimizer(),
    hackOptimizer: optimizer(),
  };
}

interface Descended {
  readonly deployed: Float32Array;
  readonly quarantined: Float32Array;
  readonly update: Float32Array;
}

async function after(descend: Descend, descent: Descent, settings: GrpoUpdate): Promise<Descended> {
  const done = descend(start(descent, settings), tf.tensor2d([...descent.gradient], [1, 4]), axis(), settings);
  const read = async (table: tf.Tensor2D) => Float32Array.from(await table.data());
  return {
    deployed: await read(done.knobs.deployed),
    quarantined: await read(done.knobs.quarantined),
    update: await read(done.update),
  };
}

const bound = (descent: Descent) => 8 * gamma(8, unitRoundoff32) * (norm(descent.knobs) + norm(descent.gradient) + 1);

/** Laws of one descent, for the real function and its mutants. */
export const descentLaws = {
  /** What was added is what was reported. */
  async reportsItsUpdate(descend: Descend, descent: Descent, settings: GrpoUpdate): Promise<void> {
    const { deployed, update } = await after(descend, descent, settings);
    deployed.forEach((value, i) => expectWithin(value, descent.knobs[i]! + update[i]!, bound(descent), `knob ${i}`));
  },

  /** With the gate on the step itself, nothing moves hack-ward whatever the optimizer does: <-update, v> <= 0. */
  async neverMovesHackward(descend: Descend, descent: Descent, optimizer: "adamw" | "sgd"): Promise<void> {
    const { update } = await after(descend, descent, updateOf("projected", "update", optimizer));
    expect(-update[0]!).toBeLessThanOrEqual(bound(descent));
  },

  /** Under SGD what routing deploys and what it parks add up to vanilla's step. */
  async routesWhatItRemoves(descend: Descend, descent: Descent): Promise<void> {
    const [vanilla, routed, projected] = [
      await after(descend, descent, updateOf("vanilla", "gradient", "sgd")),
      await after(descend, descent, updateOf("routed", "gradient", "sgd")),
      await after(descend, descent, updateOf("projected", "gradient", "sgd")),
    ];
    vanilla.deployed.forEach((value, i) =>
      expectWithin(routed.deployed[i]! + routed.quarantined[i]!, value, bound(descent), `knob ${i}`),
    );
    expect(routed.deployed, "what is deployed is the projected arm's").toEqual(projected.deployed);
    expect(
      vanilla.quarantined.every((value) => value === 0) && projected.quarantined.every((value) => value === 0),
      "only routing parks",
    ).toBe(true);
  },

  /** A random direction is as blind as the gate is told: knobs off its axis move as vanilla's. */
  async leavesOtherAxes(descend: Descend, descent: Descent): Promise<void> {
    const [vanilla, random] = [
      await after(descend, descent, updateOf("vanilla", "gradient", "sgd")),
      await after(descend, descent, updateOf("random_v", "gradient", "sgd")),
    ];
    for (const i of [1, 2, 3]) expectWithin(random.deployed[i]!, vanilla.deployed[i]!, bound(descent), `knob ${i}`);
    expectWithin(
      random.deployed[0]!,
      descent.gradient[0]! > 0 ? descent.knobs[0]! : vanilla.deployed[0]!,
      bound(descent),
      "knob 0",
    );
  },
};
