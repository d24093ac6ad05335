import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { NonFiniteError } from "../../src/errors.ts";
import type { Displacement } from "../../src/projection/displacementAlong.ts";
import { stepCosines } from "../../src/projection/stepCosines.ts";
import { expectWithin, gamma, norm, unitRoundoff32 } from "../support/tolerance.ts";
import { cosineBound, onDevice, type World } from "./world.ts";

type CosUpdate = (update: tf.Tensor2D, vHack: tf.Tensor3D) => Promise<number>;
type DisplacementAlong = (knobs: tf.Tensor2D, vHack: tf.Tensor3D) => Promise<Displacement>;
type SumSamples = (gradients: tf.Tensor3D) => tf.Tensor2D;
type ExpectFinite = (where: string, gradient: tf.Tensor) => Promise<void>;

/** Laws of what is read off the optimizer's steps, of the sum over samples, and of the finite check. */
export const updateLaws = {
  /** Plain descent moves the knobs by -lr g: its cosUpdate is the gradient's own cosine. */
  async readsDescentAsGradient(cosUpdate: CosUpdate, world: World): Promise<void> {
    const { gradient, vHack } = onDevice(world);
    const update = tf.mul(gradient, -0.25) as tf.Tensor2D;
    const [cosine, { signed }] = [await cosUpdate(update, vHack), await stepCosines(gradient, vHack)];
    tf.dispose([gradient, vHack, update]);
    expect(cosine).toBe(signed);
  },

  /** Knobs that moved by -1 along every direction lie +1 hack-ward per module that has one. */
  async countsHackwardAsPositive(displacementAlong: DisplacementAlong, world: World): Promise<void> {
    const moved = world.map(({ V }) => ({ V, g: unitSum(V).map((x) => -x) }));
    const { gradient: knobs, vHack } = onDevice(moved);
    const { along, cosine } = await displacementAlong(knobs, vHack);
    tf.dispose([knobs, vHack]);
    const directed = world.filter(({ V }) => V.some((v) => norm(v) > 0)).length;
    const bound = world.length * Math.max(...moved.map(cosineBound));
    expectWithin(along, directed, bound, "along");
    expectWithin(cosine, directed / world.length, bound, "cosine");
  },

  async sumsSamples(sumSamples: SumSamples, samples: readonly World[]): Promise<void> {
    const tables = samples.map((world) => onDevice(world));
    const stacked = tf.stack(tables.map(({ gradient }) => gradient)) as tf.Tensor3D;
    const sum = sumSamples(stacked);
    const [values, entries] = [await sum.array(), await stacked.array()];
    values.forEach((row, m) =>
      row.forEach((value, j) => {
        const terms = entries.map((table) => table[m]![j]!);
        const size = terms.reduce((total, x) => total + Math.abs(x), 0);
        expectWithin(
          value,
          terms.reduce((total, x) => total + x, 0),
          gamma(samples.length, unitRoundoff32) * size,
          `module ${m} entry ${j}`,
        );
      }),
    );
    tf.dispose([sum, stacked, ...tables.flatMap(({ gradient, vHack }) => [gradient, vHack])]);
  },

  async rejectsNonFinite(expectFinite: ExpectFinite, world: World, broken: number, at: number): Promise<void> {
    const { gradient, vHack } = onDevice(world);
    const values = await gradient.data();
    const spoiled = tf.tensor(
      values.map((value, i) => (i === at % values.length ? broken : value)),
      gradient.shape,
    );
    await expect(expectFinite("step 3", spoiled)).rejects.toThrow(NonFiniteError);
    tf.dispose([gradient, vHack, spoiled]);
  },

  async acceptsFinite(expectFinite: ExpectFinite, world: World): Promise<void> {
    const { gradient, vHack } = onDevice(world);
    const before = tf.memory().numTensors;
    await expectFinite("step 3", gradient);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([gradient, vHack]);
  },
};

function unitSum(V: World[number]["V"]): number[] {
  const sum = V[0]!.map((_, j) => V.reduce((total, row) => total + row[j]!, 0));
  const length = norm(sum);
  return sum.map((x) => (length === 0 ? 0 : x / length));
}
