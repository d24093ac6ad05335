import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { oneSided } from "../../src/projection/oneSided.ts";
import type { Projection } from "../../src/projection/removeAlong.ts";
import { expectWithin, gamma, norm, unitRoundoff32 } from "../support/tolerance.ts";
import { onDevice, type World } from "./world.ts";

type PreserveMagnitude = (gradient: tf.Tensor2D, projection: Projection) => Projection;

/** A norm and a division: r squares and sums, and a few operations more, twice. */
const bound = (r: number) => gamma(2 * r + 16, unitRoundoff32);

/** Denominators are clamped here. */
const smallestLength = 1e-12;

/** A quotient below this rounds to a multiple of its own, and is then multiplied by |g|. */
const smallestNormal = 2 ** -126;

async function run(
  preserve: PreserveMagnitude,
  world: World,
): Promise<{ before: number[][]; after: number[][]; removed: number[][]; removedBefore: number[][] }> {
  const { gradient, vHack } = onDevice(world);
  const plain = oneSided(gradient, vHack, 1);
  const rescaled = preserve(gradient, plain);
  const host = {
    before: await plain.projected.array(),
    after: await rescaled.projected.array(),
    removedBefore: await plain.removed.array(),
    removed: await rescaled.removed.array(),
  };
  tf.dispose([gradient, vHack, ...Object.values(plain), ...Object.values(rescaled)]);
  return host;
}

/** Laws of the rescaling, for the real one and for its mutants. */
export const preserveMagnitudeLaws = {
  async keepsNorm(preserve: PreserveMagnitude, world: World): Promise<void> {
    const { before, after } = await run(preserve, world);
    world.forEach(({ g }, m) => {
      if (norm(before[m]!) >= 2 * smallestLength)
        expectWithin(norm(after[m]!), norm(g), bound(after[m]!.length) * norm(g), `module ${m}`);
    });
  },

  async agreesWithTwin(preserve: PreserveMagnitude, world: World): Promise<void> {
    const { before, after } = await run(preserve, world);
    world.forEach(({ g }, m) => {
      const factor = norm(g) / Math.max(norm(before[m]!), smallestLength);
      before[m]!.forEach((value, j) =>
        expectWithin(
          after[m]![j]!,
          value * factor,
          bound(before[m]!.length) * Math.abs(value) * factor + smallestNormal * (1 + norm(g)),
          `module ${m} entry ${j}`,
        ),
      );
    });
  },

  async keepsRemoved(preserve: PreserveMagnitude, world: World): Promise<void> {
    const { removed, removedBefore } = await run(preserve, world);
    expect(removed).toEqual(removedBefore);
  },

  freesIntermediates(preserve: PreserveMagnitude, world: World): void {
    const { gradient, vHack } = onDevice(world);
    const plain = oneSided(gradient, vHack, 1);
    const before = tf.memory().numTensors;
    const rescaled = preserve(gradient, plain);
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose([gradient, vHack, ...Object.values(plain), ...Object.values(rescaled)]);
  },
};
