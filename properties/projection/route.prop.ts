import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { projectUpdate } from "../../src/projection/projectUpdate.ts";
import { erase, route, trainedKnobs } from "../../src/projection/route.ts";
import { forEachBackend } from "../support/backends.ts";
import { routeLaws } from "./route.statements.ts";
import { anyOvershoot, anyWorld, onDevice } from "./world.ts";

forEachBackend(() => {
  describe("route", () => {
    // ELSE the quarantined knob does not hold the hack, and setting it to zero at deployment proves nothing
    it("parks exactly what erase removes: deltaS = projected, deltaSHack = removed, bit for bit", () =>
      fc.assert(
        fc.asyncProperty(anyWorld, anyOvershoot, (world, overshoot) =>
          routeLaws.parksWhatIsRemoved(route, world, overshoot),
        ),
      ));

    it("outlives the projection: its outputs are its own", () =>
      fc.assert(fc.property(anyWorld, (world) => routeLaws.outlivesProjection(route, world))));
  });

  describe("erase", () => {
    it("loses what is removed: deltaS = projected, deltaSHack = 0", () =>
      fc.assert(
        fc.asyncProperty(anyWorld, anyOvershoot, (world, overshoot) =>
          routeLaws.losesWhatIsRemoved(erase, world, overshoot),
        ),
      ));

    it("outlives the projection: its outputs are its own", () =>
      fc.assert(fc.property(anyWorld, (world) => routeLaws.outlivesProjection(erase, world))));
  });

  describe("trainedKnobs", () => {
    it("is the sum, and the deployed knob at deltaSHack = 0: deltaS + 0 = deltaS, bit for bit", () =>
      fc.assert(
        fc.asyncProperty(anyWorld, async (world) => {
          const [sum, alone] = tf.tidy(() => {
            const { gradient: deltaS } = onDevice(world);
            return [trainedKnobs(deltaS, tf.zerosLike(deltaS)), tf.clone(deltaS)] as [tf.Tensor2D, tf.Tensor2D];
          });
          const [a, b] = [await sum.data(), await alone.data()];
          tf.dispose([sum, alone]);
          a.forEach((value, i) => expect(value === b[i]).toBe(true));
        }),
      ));
  });

  describe("projectUpdate", () => {
    // ELSE momentum re-introduces the removed direction although "--project update" was asked for
    it("leaves no hack-ward step: v_i · (-update') = min(v_i · (-update), 0)", () =>
      fc.assert(fc.asyncProperty(anyWorld, (world) => routeLaws.stepsNothingHackward(projectUpdate, world))));
  });
});
