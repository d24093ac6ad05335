import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import { stepExtras } from "../../../src/artifact/runLayout.ts";
import { Lora } from "../../../src/adapter/lora.ts";
import type { OptimizerState } from "../../../src/optim/optimizer.ts";
import { descend, disposeKnobs, grpoOptimizer, type GrpoKnobs } from "../../../src/probe/grpo/grpoKnobs.ts";
import type { GrpoUpdate } from "../../../src/probe/grpo/grpoSettings.ts";
import { grpoStateBytes, resumedKnobs } from "../../../src/probe/grpo/grpoState.ts";
import { float32Vector } from "../../support/arbitraries.ts";
import { forEachBackend } from "../../support/backends.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { bits, withStepFile } from "../stepFile.ts";
import { updateOf } from "./updateOf.ts";

/** What writes a state, and what reads it. */
interface StateFile {
  readonly write: typeof grpoStateBytes;
  readonly read: typeof resumedKnobs;
}
const honest: StateFile = { write: grpoStateBytes, read: resumedKnobs };

/** One module of four knobs. */
const adapter = new Lora([{ moduleName: "m", dIn: 2, dOut: 2 }], { rank: 1, alpha: 1, bStd: 0.1, seed: 1 });

interface Moment {
  readonly optimizer: "adamw" | "sgd";
  readonly deployed: Float32Array; // [4]
  readonly quarantined: Float32Array; // [4]
  readonly main: OptimizerState;
  readonly hack: OptimizerState;
}
const four = float32Vector(4);
const squares = four.map((values) => values.map((x) => x * x));
const adamW = fc.record({ m: four, v: squares, t: fc.integer({ min: 1, max: 1000 }) });
const sgd = fc.nat().map((t) => ({ m: new Float32Array(0), v: new Float32Array(0), t }));
const anyMoment: fc.Arbitrary<Moment> = fc.oneof(
  fc.record({ optimizer: fc.constant("adamw" as const), deployed: four, quarantined: four, main: adamW, hack: adamW }),
  fc.record({ optimizer: fc.constant("sgd" as const), deployed: four, quarantined: four, main: sgd, hack: sgd }),
);
const numRuns = 20;

const [p, q, r, s] = [
  Float32Array.of(1, -0, 3, 4),
  Float32Array.of(5, 6, 7, 8),
  Float32Array.of(9, 10, 11, 12),
  Float32Array.of(13, 14, 15, 16),
];
const tooth: Moment = {
  optimizer: "adamw",
  deployed: p,
  quarantined: q,
  main: { m: r, v: s, t: 3 },
  hack: { m: s, v: r, t: 2 },
};

function knobsOf({ deployed, quarantined, main, hack }: Moment, settings: GrpoUpdate): GrpoKnobs {
  const table = (values: Float32Array) => tf.tensor2d(values, [1, 4]);
  return {
    deployed: table(deployed),
    quarantined: table(quarantined),
    optimizer: grpoOptimizer(settings, 1, 4, main),
    hackOptimizer: grpoOptimizer(settings, 1, 4, hack),
  };
}

/** Everything that knobs hold, as bits. */
async function contentsOf({ deployed, quarantined, optimizer, hackOptimizer }: GrpoKnobs): Promise<object> {
  const stateOf = ({ m, v, t }: OptimizerState) => ({ m: bits(m), v: bits(v), t });
  const values = async (table: tf.Tensor2D) => bits((await table.data()) as Float32Array);
  return {
    deployed: await values(deployed),
    quarantined: await values(quarantined),
    main: stateOf(await optimizer.state()),
    hack: stateOf(await hackOptimizer.state()),
  };
}

async function expectRoundTrip({ write, read }: StateFile, moment: Moment): Promise<void> {
  const settings = updateOf("routed", "gradient", moment.optimizer);
  const knobs = knobsOf(moment, settings);
  await withStepFile(0, stepExtras.state, await write(knobs), async (folder) => {
    const back = await read(adapter, settings, folder, 0);
    expect(await contentsOf(back)).toEqual(await contentsOf(knobs));
    disposeKnobs(back);
  });
  disposeKnobs(knobs);
}

/** What was read, changed before it is handed out. */
const misread = (change: (knobs: GrpoKnobs) => Partial<GrpoKnobs>): StateFile => ({
  ...honest,
  read: async (...at) => {
    const knobs = await resumedKnobs(...at);
    return { ...knobs, ...change(knobs) };
  },
});
const optimizersSwapped = misread(({ optimizer, hackOptimizer }) => ({
  optimizer: hackOptimizer,
  hackOptimizer: optimizer,
}));
const quarantineMerged = misread(({ deployed, quarantined }) => ({
  deployed: tf.add(deployed, quarantined),
  quarantined: tf.zerosLike(quarantined),
}));
const momentsForgotten: StateFile = {
  ...honest,
  read: (of, settings, folder, step) => resumedKnobs(of, { ...settings, optimizer: "sgd" }, folder, step),
};

forEachBackend(() =>
  lawsOf("grpoStateBytes, resumedKnobs", honest, (law) => {
    law("round-trip: both tables of knobs and both optimizers, bit for bit", {
      for: [anyMoment],
      numRuns,
      holds: expectRoundTrip,
      rejects: {
        "optimizers swapped": [optimizersSwapped, tooth],
        "quarantined knobs merged": [quarantineMerged, tooth],
      },
    });

    law("go on as if never stopped: descend(read(write(knobs))) = descend(knobs), bit for bit", {
      else: "a run that was stopped and resumed is another run",
      for: [anyMoment, four],
      numRuns,
      holds: async ({ write, read }, moment, gradient) => {
        const settings = updateOf("routed", "gradient", moment.optimizer);
        const stepped = async (knobs: GrpoKnobs) => {
          const [g, direction] = [tf.tensor2d(gradient, [1, 4]), tf.tensor3d([1, 0, 0, 0], [1, 1, 4])];
          const { knobs: next, update } = descend(knobs, g, direction, settings);
          const after = await contentsOf(next);
          tf.dispose([g, direction, update]);
          disposeKnobs(next);
          return after;
        };
        const knobs = knobsOf(moment, settings);
        const stopped = await withStepFile(0, stepExtras.state, await write(knobs), async (folder) =>
          stepped(await read(adapter, settings, folder, 0)),
        );
        expect(stopped).toEqual(await stepped(knobs));
      },
      rejects: {
        "optimizers swapped": [optimizersSwapped, tooth, q],
        "quarantined knobs merged": [quarantineMerged, tooth, q],
        "moments forgotten": [momentsForgotten, tooth, q],
      },
    });

    law("free their tensors", {
      for: [anyMoment],
      numRuns,
      holds: async (file, moment) => {
        const before = tf.memory().numTensors;
        await expectRoundTrip(file, moment);
        expect(tf.memory().numTensors).toBe(before);
      },
      rejects: {
        "a state read twice": [
          { ...honest, read: async (...at) => (await resumedKnobs(...at), resumedKnobs(...at)) },
          tooth,
        ],
      },
    });
  }),
);
