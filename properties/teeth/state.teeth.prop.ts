import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, it } from "vitest";
import { grpoStateBytes, resumedKnobs } from "../../src/probe/grpo/grpoState.ts";
import { gradientBytes, readState, stateBytes } from "../../src/probe/stepFiles.ts";
import { defaultMemoryBytes, startBackend } from "../../src/tensor/backend.ts";
import { type GrpoMoment, grpoStateLaws, type ReadGrpo } from "../probe/grpo/grpoState.statements.ts";
import {
  gradientFileLaws,
  type ReadState,
  type StoredGradients,
  trainingStateLaws,
  type WriteGradients,
  type WriteState,
} from "../probe/stepFiles.statements.ts";
import { rejects } from "../support/rejects.ts";

beforeAll(() => startBackend({ name: "cpu", memoryBytes: defaultMemoryBytes, tensorflowFolder: null }));

const [p, q, r, s] = [
  Float32Array.of(1, -0, 3, 4),
  Float32Array.of(5, 6, 7, 8),
  Float32Array.of(9, 10, 11, 12),
  Float32Array.of(13, 14, 15, 16),
];

describe("teeth: a training's state", () => {
  it("the round trip rejects: the step count lost, moments swapped, knobs at half precision, -0 as 0", async () => {
    const state = { knobs: p.map((x) => x / 3), optimizer: { m: q, v: r, t: 7 } };
    const uncounted: ReadState = async (...at) => ({
      ...(await readState(...at)),
      optimizer: { ...(await readState(...at)).optimizer, t: 0 },
    });
    const swapped: ReadState = async (...at) => {
      const { knobs, optimizer } = await readState(...at);
      return { knobs, optimizer: { ...optimizer, m: optimizer.v, v: optimizer.m } };
    };
    for (const wrong of [uncounted, swapped])
      await rejects(() => trainingStateLaws.roundTrips(stateBytes, wrong, state, 3));
    const half: WriteState = ({ knobs, optimizer }) =>
      stateBytes({ knobs: knobs.map((x) => Math.round(x * 1024) / 1024), optimizer });
    const unsigned: WriteState = ({ knobs, optimizer }) => stateBytes({ knobs: knobs.map((x) => x + 0), optimizer });
    for (const wrong of [half, unsigned]) await rejects(() => trainingStateLaws.roundTrips(wrong, readState, state, 3));
  });
});

const stored: StoredGradients = {
  widths: [1, 2],
  samples: [
    { promptIds: [1, 2, 3], completionIds: [4, 5], gradient: [[1], [2, 3]] },
    { promptIds: [6], completionIds: [7, 8, 9], gradient: [[4], [5, 6]] },
  ],
};

describe("teeth: the gradients' file", () => {
  it("what the judge reads rejects: samples reversed, one width for all, the mask one token early, positions in the batch", async () => {
    const reversed: WriteGradients = (gradients, ...rest) => gradientBytes(tf.reverse(gradients, 0), ...rest);
    const wide: WriteGradients = (gradients, layout, batch) =>
      gradientBytes(gradients, { ...layout, widths: layout.widths.map(() => layout.P) }, batch);
    const early: WriteGradients = (gradients, layout, batch) =>
      gradientBytes(gradients, layout, {
        ...batch,
        targets: batch.targets.map((_, i) => batch.targets[Math.max(0, i - 1)]!),
      });
    const packed: WriteGradients = (gradients, layout, batch) =>
      gradientBytes(gradients, layout, { ...batch, rowStarts: batch.rowStarts.map(() => 0) });
    for (const wrong of [reversed, wide, early, packed])
      await rejects(() => gradientFileLaws.tellsTheJudge(wrong, stored));
  });
});

const moment: GrpoMoment = {
  optimizer: "adamw",
  deployed: p,
  quarantined: q,
  main: { m: r, v: s, t: 3 },
  hack: { m: s, v: r, t: 2 },
};
/** What was read, changed before it is handed out. */
const misread =
  (change: (knobs: Awaited<ReturnType<ReadGrpo>>) => Partial<Awaited<ReturnType<ReadGrpo>>>): ReadGrpo =>
  async (...at) => {
    const knobs = await resumedKnobs(...at);
    return { ...knobs, ...change(knobs) };
  };
const mixedUp = misread(({ optimizer, hackOptimizer }) => ({ optimizer: hackOptimizer, hackOptimizer: optimizer }));
const merged = misread(({ deployed, quarantined }) => ({
  deployed: tf.add(deployed, quarantined),
  quarantined: tf.zerosLike(quarantined),
}));
const fresh: ReadGrpo = (adapter, settings, folder, step) =>
  resumedKnobs(adapter, { ...settings, optimizer: "sgd" }, folder, step);
const hoarding: ReadGrpo = async (...at) => (await resumedKnobs(...at), resumedKnobs(...at));

describe("teeth: the state of policy-gradient training", () => {
  it("the round trip rejects: optimizers swapped, quarantined knobs merged", async () => {
    for (const wrong of [mixedUp, merged]) await rejects(() => grpoStateLaws.roundTrips(grpoStateBytes, wrong, moment));
  });
  it("going on rejects: optimizers swapped, quarantined knobs merged, moments forgotten; freeing rejects: a state read twice", async () => {
    for (const wrong of [mixedUp, merged, fresh])
      await rejects(() => grpoStateLaws.goesOnAsIfNeverStopped(grpoStateBytes, wrong, moment, q));
    await rejects(() => grpoStateLaws.freesItsTensors(grpoStateBytes, hoarding, moment));
  });
});
