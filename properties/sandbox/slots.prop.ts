import fc from "fast-check";
import { describe, it } from "vitest";
import { Slots } from "../../src/sandbox/slots.ts";
import { slotsLaws } from "./slots.statements.ts";

const tasks = fc.array(fc.record({ turns: fc.integer({ min: 1, max: 4 }), fails: fc.boolean() }), { maxLength: 9 });

describe("Slots", () => {
  // ELSE cages compete for the processor and honest code runs out of its time
  it("runs at most count at once, in order of arrival; a failure is its task's own and gives the slot back", () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), tasks, (count, drawn) =>
        slotsLaws.runsAtMost(Slots, count, drawn),
      ),
      { numRuns: 50 },
    ));
});
