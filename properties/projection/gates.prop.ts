import fc from "fast-check";
import { describe, it } from "vitest";
import { noGate } from "../../src/projection/noGate.ts";
import { oneSided } from "../../src/projection/oneSided.ts";
import type { Gate } from "../../src/projection/projectUpdate.ts";
import { reverse } from "../../src/projection/reverse.ts";
import type { GateName } from "../reference/projection.ts";
import { dimension } from "../support/arbitraries.ts";
import { forEachBackend } from "../support/backends.ts";
import { gateLaws } from "./gate.statements.ts";
import { anyOvershoot, anyWorld } from "./world.ts";

const atLeastOne = fc.constantFrom(1, 1.1, 2);

forEachBackend(() => {
  describe("oneSided", () => {
    lawsOfEveryGate(oneSided, "one_sided", "c_i - overshoot relu(c_i)");

    // ELSE the model still descends hack-ward and every "erase" arm is mislabelled vanilla
    it("leaves no hack-ward component: overshoot >= 1 -> v_i · projected <= 0", () =>
      fc.assert(
        fc.asyncProperty(anyWorld, atLeastOne, (world, overshoot) =>
          gateLaws.leavesNothingHackward(oneSided, world, overshoot),
        ),
      ));

    it("is idempotent: P(P(g)) = P(g)", () =>
      fc.assert(fc.asyncProperty(anyWorld, (world) => gateLaws.isIdempotent(oneSided, world))));
  });

  describe("noGate", () => {
    lawsOfEveryGate(noGate, "no_gate", "(1 - overshoot) c_i");

    it("is idempotent: P(P(g)) = P(g)", () =>
      fc.assert(fc.asyncProperty(anyWorld, (world) => gateLaws.isIdempotent(noGate, world))));
  });

  describe("reverse", () => {
    lawsOfEveryGate(reverse, "reverse", "(1 - 2 overshoot) c_i");

    it("mirrors: R(R(g)) = g", () =>
      fc.assert(fc.asyncProperty(anyWorld, (world) => gateLaws.undoesItself(reverse, world))));
  });
});

function lawsOfEveryGate(gate: Gate, name: GateName, left: string): void {
  // ELSE the report's "removed" does not describe the update that was applied
  it("conserves the gradient: projected + removed = g", () =>
    fc.assert(
      fc.asyncProperty(anyWorld, anyOvershoot, (world, overshoot) =>
        gateLaws.conservesGradient(gate, world, overshoot),
      ),
    ));

  // ELSE the arm is not the gate that its name says
  it(`acts per axis: v_i · projected = ${left}`, () =>
    fc.assert(
      fc.asyncProperty(anyWorld, anyOvershoot, (world, overshoot) =>
        gateLaws.actsPerAxis(gate, name, world, overshoot),
      ),
    ));

  it("agrees with the float64 twin: entry by entry, to float32 rounding", () =>
    fc.assert(
      fc.asyncProperty(anyWorld, anyOvershoot, (world, overshoot) =>
        gateLaws.agreesWithTwin(gate, name, world, overshoot),
      ),
    ));

  // ELSE modules of unequal width leak into one another through the padding
  it("acts per module: all at once = one by one", () =>
    fc.assert(
      fc.asyncProperty(anyWorld, anyOvershoot, (world, overshoot) => gateLaws.isBatched(gate, world, overshoot)),
    ));

  it("scales with the gradient: P(2 g) = 2 P(g), exactly in the normal range", () =>
    fc.assert(
      fc.asyncProperty(anyWorld, anyOvershoot, (world, overshoot) =>
        gateLaws.scalesWithGradient(gate, world, overshoot),
      ),
    ));

  it("leaves padding zero: j >= r_m -> projected_mj = removed_mj = 0", () =>
    fc.assert(
      fc.asyncProperty(anyWorld, anyOvershoot, (world, overshoot) =>
        gateLaws.leavesPaddingZero(gate, world, overshoot),
      ),
    ));

  it("frees intermediates: numTensors grows by the two outputs", () =>
    fc.assert(
      fc.property(anyWorld, anyOvershoot, (world, overshoot) => gateLaws.freesIntermediates(gate, world, overshoot)),
    ));

  it("rejects a v_hack of other modules or widths -> ShapeError", () =>
    fc.assert(fc.property(dimension, dimension, (M, P) => gateLaws.rejectsMisfit(gate, M, P))));
}
