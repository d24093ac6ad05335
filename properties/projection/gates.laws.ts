import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { hackCoefs } from "../../src/projection/directions.ts";
import { noGate, oneSided, projectUpdate, removeAlong, reverse, type Gate } from "../../src/projection/gates.ts";
import { projectReference, type GateName } from "../reference/projection.ts";
import { dimension } from "../support/arbitraries.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, gamma, norm, unitRoundoff32 } from "../support/tolerance.ts";
import {
  anyOvershoot,
  anyWorld,
  onDevice,
  projectionBound,
  toothWorld,
  widest,
  type World,
  type WorldModule,
} from "./world.ts";

/** Run a gate on a world and read both tables, [M][P]. */
async function projectWorld(
  gate: Gate,
  world: World,
  overshoot: number,
): Promise<{ readonly projected: number[][]; readonly removed: number[][] }> {
  const { projected, removed } = tf.tidy(() => {
    const { gradient, vHack } = onDevice(world);
    return gate(gradient, vHack, overshoot);
  });
  const host = { projected: await projected.array(), removed: await removed.array() };
  tf.dispose([projected, removed]);
  return host;
}

/** A gate's projection of its own projection, beside the first one. */
async function projectedTwice(gate: Gate, world: World): Promise<{ once: number[][]; again: number[][] }> {
  const { projected: once } = await projectWorld(gate, world, 1);
  const left = world.map(({ g, V }, m) => ({ g: once[m]!.slice(0, g.length), V }));
  return { once, again: (await projectWorld(gate, left, 1)).projected };
}

/** Doubling is exact in float32 above this; products of small numbers round below it. */
const smallestNormal = 2 ** -126;

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, j) => sum + value * b[j]!, 0);
const directionsOf = ({ V }: WorldModule) => V.filter((v) => norm(v) > 0);
const atLeastOne = fc.constantFrom(1, 1.1, 2);

/** A gate that removes amounts(c) of each direction. */
const gateOf =
  (amounts: (c: tf.Tensor2D, overshoot: number) => tf.Tensor): Gate =>
  (gradient, vHack, overshoot) =>
    tf.tidy(() => removeAlong(gradient, vHack, amounts(hackCoefs(gradient, vHack), overshoot) as tf.Tensor2D));

const absForRelu = gateOf((c, overshoot) => tf.mul(tf.abs(c), overshoot));
const signFlipped = gateOf((c, overshoot) => tf.mul(tf.relu(tf.neg(c)), overshoot));
const thresholded = gateOf((c, overshoot) => tf.mul(tf.mul(c, tf.step(tf.sub(c, 0.5))), overshoot));
const firstModuleOnly = gateOf((c, overshoot) =>
  tf.mul(tf.relu(c), tf.tensor2d(toothWorld.slice(0, c.shape[0]).map((_, m) => [m === 0 ? overshoot : 0]))),
);
const gradientThrough: Gate = (gradient, vHack, overshoot) => ({
  projected: tf.clone(gradient),
  removed: oneSided(gradient, vHack, overshoot).removed,
});
const removedTwice: Gate = (gradient, vHack, overshoot) => {
  const { projected, removed } = oneSided(gradient, vHack, overshoot);
  return { projected: tf.sub(projected, removed) as tf.Tensor2D, removed };
};
const padsWithOne: Gate = (gradient, vHack, overshoot) => {
  const { projected, removed } = oneSided(gradient, vHack, overshoot);
  return { projected: tf.add(projected, 1), removed };
};
const untidy: Gate = (gradient, vHack, overshoot) =>
  removeAlong(gradient, vHack, tf.mul(tf.relu(hackCoefs(gradient, vHack)), overshoot) as tf.Tensor2D);
const unchecked: Gate = (gradient) => ({ projected: tf.clone(gradient), removed: tf.zerosLike(gradient) });

/** What each gate leaves of the coordinate c along one direction, and gates that leave something else. */
const gatesByName: Record<
  GateName,
  {
    readonly gate: Gate;
    readonly formula: string;
    readonly left: (c: number, overshoot: number) => number;
    readonly otherAxes: Readonly<Record<string, readonly [Gate, World, number]>>;
    readonly other: readonly [string, Gate];
  }
> = {
  one_sided: {
    gate: oneSided,
    formula: "c_i - overshoot relu(c_i)",
    left: (c, overshoot) => c - overshoot * Math.max(c, 0),
    otherAxes: {
      "relu dropped": [gateOf((c, overshoot) => tf.mul(c, overshoot)), toothWorld, 1.1],
      "abs for relu": [absForRelu, toothWorld, 1.1],
      "sign flipped": [signFlipped, toothWorld, 1.1],
      "overshoot ignored": [gateOf((c) => tf.relu(c)), toothWorld, 1.1],
      "first axis only": [gateOf((c, overshoot) => tf.mul(tf.relu(c), tf.tensor2d([[overshoot, 0]]))), toothWorld, 1.1],
      "gated by the mean": [
        gateOf((c, overshoot) => tf.mul(c, tf.mul(tf.step(tf.sum(c, -1, true)), overshoot))),
        toothWorld,
        1.1,
      ],
      "a threshold": [thresholded, toothWorld, 1.1],
    },
    other: ["no_gate under its name", noGate],
  },
  no_gate: {
    gate: noGate,
    formula: "(1 - overshoot) c_i",
    left: (c, overshoot) => c - overshoot * c,
    otherAxes: { "one_sided under its name": [oneSided, toothWorld, 1.1] },
    other: ["reverse under its name", reverse],
  },
  reverse: {
    gate: reverse,
    formula: "(1 - 2 overshoot) c_i",
    left: (c, overshoot) => c - 2 * overshoot * c,
    otherAxes: { "once for twice": [gateOf((c, overshoot) => tf.mul(c, overshoot)), toothWorld, 1] },
    other: ["one_sided under its name", oneSided],
  },
};

function lawsOfGate(name: GateName): void {
  const { gate: honest, formula, left, otherAxes, other } = gatesByName[name];
  lawsOf(honest.name, honest, (law) => {
    law("conserves the gradient: projected + removed = g", {
      else: 'the report\'s "removed" does not describe the update that was applied',
      for: [anyWorld, anyOvershoot],
      holds: async (gate, world, overshoot) => {
        const { projected, removed } = await projectWorld(gate, world, overshoot);
        world.forEach(({ g }, m) =>
          g.forEach((value, j) => {
            const sum = projected[m]![j]! + removed[m]![j]!;
            const size = Math.abs(value) + Math.abs(removed[m]![j]!);
            expectWithin(sum, value, gamma(2, unitRoundoff32) * size, "projected + removed");
          }),
        );
      },
      rejects: {
        "the gradient through": [gradientThrough, toothWorld, 1],
        "removal applied twice": [removedTwice, toothWorld, 1],
      },
    });

    law(`acts per axis: v_i · projected = ${formula}`, {
      else: "the arm is not the gate that its name says",
      for: [anyWorld, anyOvershoot],
      holds: async (gate, world, overshoot) => {
        const { projected } = await projectWorld(gate, world, overshoot);
        world.forEach((module, m) => {
          for (const v of directionsOf(module))
            expectWithin(
              dot(v, projected[m]!),
              left(dot(v, module.g), overshoot),
              projectionBound(module, overshoot),
              "v · projected",
            );
        });
      },
      rejects: otherAxes,
    });

    law("agrees with the float64 twin: entry by entry, to float32 rounding", {
      for: [anyWorld, anyOvershoot],
      holds: async (gate, world, overshoot) => {
        const { projected } = await projectWorld(gate, world, overshoot);
        world.forEach((module, m) => {
          const reference = projectReference(module.g, module.V, name, overshoot, false);
          reference.forEach((value, j) =>
            expectWithin(projected[m]![j]!, value, projectionBound(module, overshoot), `module ${m} entry ${j}`),
          );
        });
      },
      rejects: { [other[0]]: [other[1], toothWorld, 1] },
    });

    law("acts per module: all at once = one by one", {
      else: "modules of unequal width leak into one another through the padding",
      for: [anyWorld, anyOvershoot],
      holds: async (gate, world, overshoot) => {
        const together = await projectWorld(gate, world, overshoot);
        for (const [m, module] of world.entries()) {
          const alone = await projectWorld(gate, [module], overshoot);
          const bound = 2 * projectionBound(module, overshoot);
          module.g.forEach((_, j) =>
            expectWithin(together.projected[m]![j]!, alone.projected[0]![j]!, bound, `module ${m} alone`),
          );
        }
      },
      rejects: { "projection on the first module only": [firstModuleOnly, toothWorld, 1] },
    });

    law("scales with the gradient: P(2 g) = 2 P(g), exactly in the normal range", {
      for: [anyWorld, anyOvershoot],
      holds: async (gate, world, overshoot) => {
        const plain = await projectWorld(gate, world, overshoot);
        const twice = world.map(({ g, V }) => ({ g: g.map((x) => 2 * x), V }));
        const doubled = await projectWorld(gate, twice, overshoot);
        // a device may flush either side to 0 under the smallest normal number, and the plain one is doubled afterwards
        plain.projected.forEach((row, m) =>
          row.forEach((value, j) => expectWithin(doubled.projected[m]![j]!, 2 * value, 2 * smallestNormal, "P(2 g)")),
        );
      },
      rejects: { "a threshold on c": [thresholded, [{ g: [0.4], V: [[1]] }], 1] },
    });

    law("leaves padding zero: j >= r_m -> projected_mj = removed_mj = 0", {
      for: [anyWorld, anyOvershoot],
      holds: async (gate, world, overshoot) => {
        const { projected, removed } = await projectWorld(gate, world, overshoot);
        const P = widest(world);
        world.forEach(({ g }, m) => {
          for (let j = g.length; j < P; j++)
            expect([Math.abs(projected[m]![j]!), Math.abs(removed[m]![j]!)]).toEqual([0, 0]);
        });
      },
      rejects: { "writing into it": [padsWithOne, toothWorld, 1] },
    });

    law("frees intermediates: numTensors grows by the two outputs", {
      for: [anyWorld, anyOvershoot],
      holds: (gate, world, overshoot) => {
        const { gradient, vHack } = onDevice(world);
        const before = tf.memory().numTensors;
        const { projected, removed } = gate(gradient, vHack, overshoot);
        expect(tf.memory().numTensors).toBe(before + 2);
        tf.dispose([gradient, vHack, projected, removed]);
      },
      rejects: { "no tidy": [untidy, toothWorld, 1] },
    });

    law("rejects a v_hack of other modules or widths -> ShapeError", {
      for: [dimension, dimension],
      holds: (gate, M, P) =>
        tf.tidy(() => {
          expect(() => gate(tf.zeros([M, P]), tf.zeros([M, 1, P + 1]), 1)).toThrow(ShapeError);
          expect(() => gate(tf.zeros([M, P]), tf.zeros([M + 1, 1, P]), 1)).toThrow(ShapeError);
        }),
      rejects: { "no check": [unchecked, 2, 3] },
    });
  });
}

function lawsOfRemoval(honest: Gate): void {
  lawsOf(honest.name, honest, (law) => {
    law("is idempotent: P(P(g)) = P(g)", {
      for: [anyWorld],
      holds: async (gate, world) => {
        const { once, again } = await projectedTwice(gate, world);
        world.forEach((module, m) =>
          once[m]!.forEach((value, j) => expectWithin(again[m]![j]!, value, 2 * projectionBound(module, 1), "P(P(g))")),
        );
      },
      rejects: { reverse: [reverse, toothWorld], "abs for relu": [absForRelu, toothWorld] },
    });
  });
}

forEachBackend(() => {
  lawsOfGate("one_sided");
  lawsOfGate("no_gate");
  lawsOfGate("reverse");
  lawsOfRemoval(oneSided);
  lawsOfRemoval(noGate);

  lawsOf("oneSided", oneSided, (law) => {
    law("leaves no hack-ward component: overshoot >= 1 -> v_i · projected <= 0", {
      else: 'the model still descends hack-ward and every "projected" arm is mislabelled vanilla',
      for: [anyWorld, atLeastOne],
      holds: async (gate, world, overshoot) => {
        const { projected } = await projectWorld(gate, world, overshoot);
        world.forEach((module, m) => {
          for (const v of directionsOf(module))
            expect(dot(v, projected[m]!)).toBeLessThanOrEqual(projectionBound(module, overshoot));
        });
      },
      rejects: {
        "the gradient through": [gradientThrough, toothWorld, 1],
        "projection on one module": [firstModuleOnly, toothWorld, 1],
        "sign flipped": [signFlipped, toothWorld, 1],
        "nothing removed": [gateOf((c) => tf.zerosLike(c)), toothWorld, 1],
      },
    });
  });

  lawsOf("reverse", reverse, (law) => {
    law("mirrors: R(R(g)) = g", {
      for: [anyWorld],
      holds: async (gate, world) => {
        const { again } = await projectedTwice(gate, world);
        world.forEach((module, m) =>
          module.g.forEach((value, j) => expectWithin(again[m]![j]!, value, 3 * projectionBound(module, 1), "R(R(g))")),
        );
      },
      rejects: { erasing: [noGate, toothWorld] },
    });
  });

  lawsOf("projectUpdate", projectUpdate, (law) => {
    law("leaves no hack-ward step: v_i · (-update') = min(v_i · (-update), 0)", {
      else: 'momentum re-introduces the removed direction although "--project update" was asked for',
      for: [anyWorld],
      holds: async (project, world) => {
        const projected = tf.tidy(() => {
          const { gradient: update, vHack } = onDevice(world); // the world's gradients are taken as updates
          return project(update, vHack, (gradient, v) => oneSided(gradient, v, 1));
        });
        const rows = await projected.array();
        projected.dispose();
        world.forEach((module, m) => {
          for (const v of directionsOf(module))
            expectWithin(
              -dot(v, rows[m]!),
              Math.min(-dot(v, module.g), 0),
              projectionBound(module, 1),
              "v · (-update')",
            );
        });
      },
      rejects: {
        "the update's sign forgotten": [(update, vHack, project) => project(update, vHack).projected, toothWorld],
      },
    });
  });
});
