import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { Lora } from "../../../src/adapter/lora.ts";
import { descend, disposeKnobs, grpoOptimizer, type GrpoKnobs } from "../../../src/probe/grpo/grpoKnobs.ts";
import { grpoStateName, type grpoStateBytes, type resumedKnobs } from "../../../src/probe/grpo/grpoState.ts";
import type { GrpoUpdate } from "../../../src/probe/grpo/grpoSettings.ts";
import type { OptimizerState } from "../../../src/optim/optimizer.ts";
import { updateOf } from "./updateOf.ts";
import { bits, withStepFile } from "../stepFiles.statements.ts";

export type WriteGrpo = typeof grpoStateBytes;
export type ReadGrpo = typeof resumedKnobs;

/** One module of four knobs. */
const adapter = new Lora([{ moduleName: "m", dIn: 2, dOut: 2 }], { rank: 1, alpha: 1, bStd: 0.1, seed: 1 });

export interface GrpoMoment {
  readonly optimizer: "adamw" | "sgd";
  readonly deployed: Float32Array; // [4]
  readonly quarantined: Float32Array; // [4]
  readonly main: OptimizerState;
  readonly hack: OptimizerState;
}

function knobsOf({ deployed, quarantined, main, hack }: GrpoMoment, settings: GrpoUpdate): GrpoKnobs {
  const table = (values: Float32Array) => tf.tensor2d(values, [1, 4]);
  return {
    deployed: table(deployed),
    quarantined: table(quarantined),
    optimizer: grpoOptimizer(settings, 1, 4, main),
    hackOptimizer: grpoOptimizer(settings, 1, 4, hack),
  };
}

async function told({ deployed, quarantined, optimizer, hackOptimizer }: GrpoKnobs): Promise<object> {
  const stateOf = ({ m, v, t }: OptimizerState) => ({ m: bits(m), v: bits(v), t });
  const values = async (table: tf.Tensor2D) => bits((await table.data()) as Float32Array);
  return {
    deployed: await values(deployed),
    quarantined: await values(quarantined),
    main: stateOf(await optimizer.state()),
    hack: stateOf(await hackOptimizer.state()),
  };
}

export const grpoStateLaws = {
  async roundTrips(write: WriteGrpo, read: ReadGrpo, moment: GrpoMoment): Promise<void> {
    const settings = updateOf("routed", "gradient", moment.optimizer);
    const knobs = knobsOf(moment, settings);
    await withStepFile(0, grpoStateName, await write(knobs), async (folder) => {
      const back = await read(adapter, settings, folder, 0);
      expect(await told(back)).toEqual(await told(knobs));
      disposeKnobs(back);
    });
    disposeKnobs(knobs);
  },

  /** A run that was stopped and one that was not take the same next step, bit for bit. */
  async goesOnAsIfNeverStopped(
    write: WriteGrpo,
    read: ReadGrpo,
    moment: GrpoMoment,
    gradient: Float32Array,
  ): Promise<void> {
    const settings = updateOf("routed", "gradient", moment.optimizer);
    const stepped = async (knobs: GrpoKnobs) => {
      const [slope, direction] = [tf.tensor2d(gradient, [1, 4]), tf.tensor3d([1, 0, 0, 0], [1, 1, 4])];
      const { knobs: next, update } = descend(knobs, slope, direction, settings);
      const after = await told(next);
      tf.dispose([slope, direction, update]);
      disposeKnobs(next);
      return after;
    };
    const knobs = knobsOf(moment, settings);
    const stopped = await withStepFile(0, grpoStateName, await write(knobs), async (folder) =>
      stepped(await read(adapter, settings, folder, 0)),
    );
    expect(stopped).toEqual(await stepped(knobs));
  },

  async freesItsTensors(write: WriteGrpo, read: ReadGrpo, moment: GrpoMoment): Promise<void> {
    const before = tf.memory().numTensors;
    await grpoStateLaws.roundTrips(write, read, moment);
    expect(tf.memory().numTensors).toBe(before);
  },
};
