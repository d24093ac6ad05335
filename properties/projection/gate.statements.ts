import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import type { Gate } from "../../src/projection/projectUpdate.ts";
import { projectReference, type GateName } from "../reference/projection.ts";
import { expectWithin, gamma, norm, unitRoundoff32 } from "../support/tolerance.ts";
import { onDevice, projectionBound, widest, type World, type WorldModule } from "./world.ts";

interface HostProjection {
  readonly projected: number[][]; // [M][P]
  readonly removed: number[][]; // [M][P]
}

/** Run a gate on a world and read both tables. */
export async function projectWorld(gate: Gate, world: World, overshoot: number): Promise<HostProjection> {
  const { projected, removed } = tf.tidy(() => {
    const { gradient, vHack } = onDevice(world);
    return gate(gradient, vHack, overshoot);
  });
  const host = { projected: await projected.array(), removed: await removed.array() };
  tf.dispose([projected, removed]);
  return host;
}

/** Doubling is exact in float32 above this; products of small numbers round below it. */
const smallestNormal = 2 ** -126;

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, j) => sum + value * b[j]!, 0);

/** What a gate leaves of the coordinate c along one direction. */
const leftOf: Record<GateName, (c: number, overshoot: number) => number> = {
  one_sided: (c, overshoot) => c - overshoot * Math.max(c, 0),
  no_gate: (c, overshoot) => c - overshoot * c,
  reverse: (c, overshoot) => c - 2 * overshoot * c,
};

const directionsOf = ({ V }: WorldModule) => V.filter((v) => norm(v) > 0);

/** Laws of a projection gate, for the real ones and for their mutants. */
export const gateLaws = {
  async conservesGradient(gate: Gate, world: World, overshoot: number): Promise<void> {
    const { projected, removed } = await projectWorld(gate, world, overshoot);
    world.forEach(({ g }, m) =>
      g.forEach((value, j) => {
        const sum = projected[m]![j]! + removed[m]![j]!;
        expectWithin(
          sum,
          value,
          gamma(2, unitRoundoff32) * (Math.abs(value) + Math.abs(removed[m]![j]!)),
          "projected + removed",
        );
      }),
    );
  },

  async actsPerAxis(gate: Gate, name: GateName, world: World, overshoot: number): Promise<void> {
    const { projected } = await projectWorld(gate, world, overshoot);
    world.forEach((module, m) => {
      for (const v of directionsOf(module))
        expectWithin(
          dot(v, projected[m]!),
          leftOf[name](dot(v, module.g), overshoot),
          projectionBound(module, overshoot),
          "v · projected",
        );
    });
  },

  async agreesWithTwin(gate: Gate, name: GateName, world: World, overshoot: number): Promise<void> {
    const { projected } = await projectWorld(gate, world, overshoot);
    world.forEach((module, m) => {
      const reference = projectReference(module.g, module.V, name, overshoot, false);
      reference.forEach((value, j) =>
        expectWithin(projected[m]![j]!, value, projectionBound(module, overshoot), `module ${m} entry ${j}`),
      );
    });
  },

  async leavesNothingHackward(gate: Gate, world: World, overshoot: number): Promise<void> {
    const { projected } = await projectWorld(gate, world, overshoot);
    world.forEach((module, m) => {
      for (const v of directionsOf(module))
        expect(dot(v, projected[m]!)).toBeLessThanOrEqual(projectionBound(module, overshoot));
    });
  },

  async isIdempotent(gate: Gate, world: World): Promise<void> {
    const once = await projectWorld(gate, world, 1);
    const again = await projectWorld(gate, withGradients(world, once.projected), 1);
    world.forEach((module, m) =>
      once.projected[m]!.forEach((value, j) =>
        expectWithin(again.projected[m]![j]!, value, 2 * projectionBound(module, 1), "P(P(g))"),
      ),
    );
  },

  async undoesItself(gate: Gate, world: World): Promise<void> {
    const once = await projectWorld(gate, world, 1);
    const again = await projectWorld(gate, withGradients(world, once.projected), 1);
    world.forEach((module, m) =>
      module.g.forEach((value, j) =>
        expectWithin(again.projected[m]![j]!, value, 3 * projectionBound(module, 1), "R(R(g))"),
      ),
    );
  },

  async isBatched(gate: Gate, world: World, overshoot: number): Promise<void> {
    const together = await projectWorld(gate, world, overshoot);
    for (const [m, module] of world.entries()) {
      const alone = await projectWorld(gate, [module], overshoot);
      module.g.forEach((_, j) =>
        expectWithin(
          together.projected[m]![j]!,
          alone.projected[0]![j]!,
          2 * projectionBound(module, overshoot),
          `module ${m} alone`,
        ),
      );
    }
  },

  async scalesWithGradient(gate: Gate, world: World, overshoot: number): Promise<void> {
    const plain = await projectWorld(gate, world, overshoot);
    const doubled = await projectWorld(
      gate,
      world.map(({ g, V }) => ({ g: g.map((x) => 2 * x), V })),
      overshoot,
    );
    // a device may flush either side to 0 under the smallest normal number, and the plain one is doubled afterwards
    plain.projected.forEach((row, m) =>
      row.forEach((value, j) => expectWithin(doubled.projected[m]![j]!, 2 * value, 2 * smallestNormal, "P(2 g)")),
    );
  },

  async leavesPaddingZero(gate: Gate, world: World, overshoot: number): Promise<void> {
    const { projected, removed } = await projectWorld(gate, world, overshoot);
    const P = widest(world);
    world.forEach(({ g }, m) => {
      for (let j = g.length; j < P; j++)
        expect([Math.abs(projected[m]![j]!), Math.abs(removed[m]![j]!)]).toEqual([0, 0]);
    });
  },

  freesIntermediates(gate: Gate, world: World, overshoot: number): void {
    const { gradient, vHack } = onDevice(world);
    const before = tf.memory().numTensors;
    const { projected, removed } = gate(gradient, vHack, overshoot);
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose([gradient, vHack, projected, removed]);
  },

  rejectsMisfit(gate: Gate, M: number, P: number): void {
    tf.tidy(() => {
      expect(() => gate(tf.zeros([M, P]), tf.zeros([M, 1, P + 1]), 1)).toThrow(ShapeError);
      expect(() => gate(tf.zeros([M, P]), tf.zeros([M + 1, 1, P]), 1)).toThrow(ShapeError);
    });
  },
};

function withGradients(world: World, gradients: readonly (readonly number[])[]): World {
  return world.map(({ g, V }, m) => ({ g: gradients[m]!.slice(0, g.length), V }));
}
