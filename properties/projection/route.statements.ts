import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { oneSided } from "../../src/projection/oneSided.ts";
import type { Gate } from "../../src/projection/projectUpdate.ts";
import type { Projection } from "../../src/projection/removeAlong.ts";
import type { KnobGradients } from "../../src/projection/route.ts";
import { expectWithin, norm } from "../support/tolerance.ts";
import { onDevice, projectionBound, type World } from "./world.ts";

type Split = (projection: Projection) => KnobGradients;
type ProjectUpdate = (update: tf.Tensor2D, vHack: tf.Tensor3D, overshoot: number, gate: Gate) => tf.Tensor2D;

async function split(
  how: Split,
  world: World,
  overshoot: number,
): Promise<Record<"projected" | "removed" | "deltaS" | "deltaSHack", number[][]>> {
  const { gradient, vHack } = onDevice(world);
  const projection = oneSided(gradient, vHack, overshoot);
  const knobs = how(projection);
  const host = {
    projected: await projection.projected.array(),
    removed: await projection.removed.array(),
    deltaS: await knobs.deltaS.array(),
    deltaSHack: await knobs.deltaSHack.array(),
  };
  tf.dispose([gradient, vHack, ...Object.values(projection), ...Object.values(knobs)]);
  return host;
}

/** Laws of routing and erasing, and of projecting the optimizer's step. */
export const routeLaws = {
  async parksWhatIsRemoved(route: Split, world: World, overshoot: number): Promise<void> {
    const { projected, removed, deltaS, deltaSHack } = await split(route, world, overshoot);
    expect(deltaS).toEqual(projected);
    expect(deltaSHack).toEqual(removed);
  },

  async losesWhatIsRemoved(erase: Split, world: World, overshoot: number): Promise<void> {
    const { projected, deltaS, deltaSHack } = await split(erase, world, overshoot);
    expect(deltaS).toEqual(projected);
    expect(deltaSHack.flat().every((value) => value === 0)).toBe(true);
  },

  /** The outputs own their storage: disposing the projection must not take them along. */
  outlivesProjection(how: Split, world: World): void {
    const { gradient, vHack } = onDevice(world);
    const projection = oneSided(gradient, vHack, 1);
    const knobs = how(projection);
    tf.dispose(Object.values(projection));
    expect([knobs.deltaS.isDisposed, knobs.deltaSHack.isDisposed]).toEqual([false, false]);
    tf.dispose([gradient, vHack, ...Object.values(knobs)]);
  },

  async stepsNothingHackward(project: ProjectUpdate, world: World): Promise<void> {
    const rows = await projectedUpdate(project, world, oneSided);
    world.forEach((module, m) => {
      for (const v of module.V.filter((v) => norm(v) > 0)) {
        const descended = v.reduce((sum, value, j) => sum - value * rows[m]![j]!, 0);
        const before = v.reduce((sum, value, j) => sum - value * module.g[j]!, 0);
        expectWithin(descended, Math.min(before, 0), projectionBound(module, 1), "v · (-update')");
      }
    });
  },
};

/** The world's gradients are taken as updates. */
async function projectedUpdate(project: ProjectUpdate, world: World, gate: Gate): Promise<number[][]> {
  const { gradient: update, vHack } = onDevice(world);
  const projected = project(update, vHack, 1, gate);
  const rows = await projected.array();
  tf.dispose([update, vHack, projected]);
  return rows;
}
