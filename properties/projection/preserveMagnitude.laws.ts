import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { oneSided, preserveMagnitude, type Projection } from "../../src/projection/gates.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, gamma, norm, unitRoundoff32 } from "../support/tolerance.ts";
import { anyWorld, onDevice, toothWorld, type World } from "./world.ts";

type PreserveMagnitude = typeof preserveMagnitude;

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

const oneScaleForAll: PreserveMagnitude = (g, { projected, removed }) =>
  tf.tidy((): Projection => ({
    projected: tf.mul(projected, tf.div(tf.norm(g), tf.norm(projected))),
    removed: tf.clone(removed),
  }));

forEachBackend(() =>
  lawsOf("preserveMagnitude", preserveMagnitude, (law) => {
    law("keeps the norm: |projected| >= 2e-12 -> |projected'| = |g|", {
      else: '"projection slows hacking" may only say that it shortens every step',
      for: [anyWorld],
      holds: async (preserve, world) => {
        const { before, after } = await run(preserve, world);
        world.forEach(({ g }, m) => {
          if (norm(before[m]!) >= 2 * smallestLength)
            expectWithin(norm(after[m]!), norm(g), bound(after[m]!.length) * norm(g), `module ${m}`);
        });
      },
      rejects: {
        "no rescaling": [
          (_, { projected, removed }) => ({ projected: tf.clone(projected), removed: tf.clone(removed) }),
          toothWorld,
        ],
        "one scale for all modules": [oneScaleForAll, toothWorld],
      },
    });

    law("agrees with the float64 twin: projected' = projected |g| / max(|projected|, 1e-12)", {
      for: [anyWorld],
      holds: async (preserve, world) => {
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
      rejects: {
        "one scale for all modules": [oneScaleForAll, toothWorld],
        "the gradient itself": [
          (g, { removed }) => ({ projected: tf.clone(g), removed: tf.clone(removed) }),
          toothWorld,
        ],
      },
    });

    law("keeps what was removed: removed' = removed", {
      for: [anyWorld],
      holds: async (preserve, world) => {
        const { removed, removedBefore } = await run(preserve, world);
        expect(removed).toEqual(removedBefore);
      },
      rejects: {
        "the difference recomputed": [
          (g, p) => {
            const { projected } = preserveMagnitude(g, p);
            return { projected, removed: tf.sub(g, projected) };
          },
          toothWorld,
        ],
      },
    });

    law("frees intermediates: numTensors grows by the two outputs", {
      for: [anyWorld],
      holds: (preserve, world) => {
        const { gradient, vHack } = onDevice(world);
        const plain = oneSided(gradient, vHack, 1);
        const before = tf.memory().numTensors;
        const rescaled = preserve(gradient, plain);
        expect(tf.memory().numTensors).toBe(before + 2);
        tf.dispose([gradient, vHack, ...Object.values(plain), ...Object.values(rescaled)]);
      },
      rejects: {
        "no tidy": [
          (g, p) => ({ projected: tf.mul(tf.mul(p.projected, 2), tf.norm(g)), removed: tf.clone(p.removed) }),
          toothWorld,
        ],
      },
    });
  }),
);
