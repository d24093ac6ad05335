import fc from "fast-check";
import { describe, it } from "vitest";
import { grpoStateBytes, resumedKnobs } from "../../../src/probe/grpo/grpoState.ts";
import { float32Vector } from "../../support/arbitraries.ts";
import { forEachBackend } from "../../support/backends.ts";
import { type GrpoMoment, grpoStateLaws } from "./grpoState.statements.ts";

const four = float32Vector(4);
const squares = four.map((values) => values.map((x) => x * x));
const adamW = fc.record({ m: four, v: squares, t: fc.integer({ min: 1, max: 1000 }) });
const sgd = fc.nat().map((t) => ({ m: new Float32Array(0), v: new Float32Array(0), t }));
const moment: fc.Arbitrary<GrpoMoment> = fc.oneof(
  fc.record({ optimizer: fc.constant("adamw" as const), deployed: four, quarantined: four, main: adamW, hack: adamW }),
  fc.record({ optimizer: fc.constant("sgd" as const), deployed: four, quarantined: four, main: sgd, hack: sgd }),
);
const runs = { numRuns: 20 };

forEachBackend(() => {
  describe("grpoStateBytes, resumedKnobs", () => {
    it("round-trip: both tables of knobs and both optimizers, bit for bit", () =>
      fc.assert(
        fc.asyncProperty(moment, (drawn) => grpoStateLaws.roundTrips(grpoStateBytes, resumedKnobs, drawn)),
        runs,
      ));

    // ELSE a run that was stopped and resumed is another run
    it("go on as if never stopped: descend(read(write(knobs))) = descend(knobs), bit for bit", () =>
      fc.assert(
        fc.asyncProperty(moment, four, (drawn, gradient) =>
          grpoStateLaws.goesOnAsIfNeverStopped(grpoStateBytes, resumedKnobs, drawn, gradient),
        ),
        runs,
      ));

    it("free their tensors", () =>
      fc.assert(
        fc.asyncProperty(moment, (drawn) => grpoStateLaws.freesItsTensors(grpoStateBytes, resumedKnobs, drawn)),
        runs,
      ));
  });
});
