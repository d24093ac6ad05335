import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import { NonFiniteError } from "../../src/errors.ts";
import { expectFiniteGradient } from "../../src/projection/expectFiniteGradient.ts";
import { nonFinite } from "../support/arbitraries.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { anyWorld, onDevice, toothWorld } from "./world.ts";

forEachBackend(() =>
  lawsOf("expectFiniteGradient", expectFiniteGradient, (law) => {
    law("rejects NaN and infinities wherever they stand -> NonFiniteError", {
      for: [anyWorld, nonFinite, fc.nat()],
      holds: async (expectFinite, world, broken, at) => {
        const { gradient, vHack } = onDevice(world);
        const values = await gradient.data();
        const spoiled = tf.tensor(
          values.map((value, i) => (i === at % values.length ? broken : value)),
          gradient.shape,
        );
        await expect(expectFinite("step 3", spoiled)).rejects.toThrow(NonFiniteError);
        tf.dispose([gradient, vHack, spoiled]);
      },
      rejects: {
        "a check that looks at one entry": [
          (where, g) => expectFiniteGradient(where, tf.slice(tf.reshape(g, [-1]), 0, 1)),
          toothWorld,
          Number.NaN,
          3,
        ],
      },
    });

    law("accepts every finite gradient and frees what it made", {
      for: [anyWorld],
      holds: async (expectFinite, world) => {
        const { gradient, vHack } = onDevice(world);
        const before = tf.memory().numTensors;
        await expectFinite("step 3", gradient);
        expect(tf.memory().numTensors).toBe(before);
        tf.dispose([gradient, vHack]);
      },
      rejects: { "no dispose": [(where, g) => expectFiniteGradient(where, tf.mul(g, 1)), toothWorld] },
    });
  }),
);
