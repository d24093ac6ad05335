import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { meanCosine } from "../../src/projection/cosines.ts";
import { unitDirections } from "../../src/projection/directions.ts";
import { descentCosine, displacementAlong } from "../../src/projection/movement.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, norm } from "../support/tolerance.ts";
import { anyWorld, cosineBound, onDevice, toothWorld, type World } from "./world.ts";

forEachBackend(() => {
  lawsOf("descentCosine", descentCosine, (law) => {
    law("has the sign of cos_in: descentCosine(-lr g) = mean cosine of g, bit for bit", {
      else: "cos_update cannot be held against cos_out, and AdamW bringing v_hack back reads as moving away from it",
      for: [anyWorld],
      holds: async (descent, world) => {
        const { gradient, vHack } = onDevice(world);
        const [update, v] = [tf.mul(gradient, -0.25) as tf.Tensor2D, unitDirections(vHack)];
        const [cosine, ofGradient] = [await descent(update, v), await meanCosine(gradient, v)];
        tf.dispose([gradient, vHack, update, v]);
        expect(cosine).toBe(ofGradient);
      },
      rejects: {
        "the update's own sign": [meanCosine, toothWorld],
        "a magnitude": [async (update, v) => Math.abs(await descentCosine(update, v)), toothWorld],
      },
    });
  });

  lawsOf("displacementAlong", displacementAlong, (law) => {
    law("counts hack-ward as positive: moved = -v -> along = modules with directions", {
      for: [anyWorld],
      holds: async (displacement, world) => {
        const opposite = world.map(({ V }) => ({ V, g: unitSum(V).map((x) => -x) }));
        const { gradient: moved, vHack } = onDevice(opposite);
        const v = unitDirections(vHack);
        const { along, cosine } = await displacement(moved, v);
        tf.dispose([moved, vHack, v]);
        const directed = world.filter(({ V }) => V.some((row) => norm(row) > 0)).length;
        const bound = world.length * Math.max(...opposite.map(cosineBound));
        expectWithin(along, directed, bound, "along");
        expectWithin(cosine, directed / world.length, bound, "cosine");
      },
      rejects: {
        "one away from the hack": [
          async (moved, v) => {
            const { along, cosine } = await displacementAlong(moved, v);
            return { along: -along, cosine };
          },
          toothWorld,
        ],
      },
    });
  });
});

function unitSum(V: World[number]["V"]): number[] {
  const sum = V[0]!.map((_, j) => V.reduce((total, row) => total + row[j]!, 0));
  const length = norm(sum);
  return sum.map((x) => (length === 0 ? 0 : x / length));
}
