import fc from "fast-check";
import { describe, it } from "vitest";
import { inOrder } from "../../src/probe/inOrder.ts";
import { inOrderLaws, type Item } from "./inOrder.statements.ts";

const item: fc.Arbitrary<Item> = fc.record({
  turns: fc.nat({ max: 4 }),
  fails: fc.constantFrom("no", "no", "no", "work", "take"),
});
const items = fc.array(item, { maxLength: 8 });
const inFlight = fc.integer({ min: 1, max: 4 });
const runs = { numRuns: 50 };

describe("inOrder", () => {
  // ELSE a verdict stands beside another response
  it("hands over in order: result i as i, up to the first failure, which is thrown; at most inFlight at work", () =>
    fc.assert(
      fc.asyncProperty(items, inFlight, (drawn, most) => inOrderLaws.handsOverInOrder(inOrder, drawn, most)),
      runs,
    ));

  it("fills the flight: min(items, inFlight) at work at once", () =>
    fc.assert(
      fc.asyncProperty(fc.nat({ max: 6 }), inFlight, (count, most) => inOrderLaws.fillsTheFlight(inOrder, count, most)),
      runs,
    ));

  // ELSE a command that failed leaves cages behind
  it("leaves nothing running: after a failure what runs is waited for and nothing else begins", () =>
    fc.assert(
      fc.asyncProperty(items, inFlight, (drawn, most) => inOrderLaws.leavesNothingRunning(inOrder, drawn, most)),
      runs,
    ));
});
