import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sideBySide } from "../../../src/uat/phase2/sideBySide.ts";
import { healthyEvidence, leaning } from "../../support/evidence.ts";
import { antipasto, direction, givenBare, missing } from "../../support/phase2Given.ts";
import { anyPlannedArm } from "../../support/plannedArm.ts";
import { sideBySideLaws } from "./sideBySide.statements.ts";

const another = healthyEvidence(2, direction, leaning(direction, 4));
const replayed = fc.record({ antipasto: fc.option(anyPlannedArm), lora: fc.option(anyPlannedArm) });
const maybe = fc.option(anyPlannedArm, { nil: undefined });

describe("sideBySide", () => {
  // ELSE the table sets one adapter's arm beside another arm of the other
  it("reports each adapter's arms in its own column: rates before and after, vanilla - projected, the basis at the end; - where absent", () =>
    fc.assert(
      fc.property(
        fc.record({
          vanilla: maybe,
          projected: maybe,
          random_v: maybe,
          vanilla_lora: maybe,
          projected_lora: maybe,
          random_v_lora: maybe,
        }),
        (arms) => sideBySideLaws.showsTheArms(sideBySide, givenBare, arms),
      ),
    ));

  // ELSE a cosine that was never recorded is read as one that is gone
  it("reports each replay's first and last thirds and its basis at the end; - where not recorded", () =>
    fc.assert(fc.property(replayed, (replays) => sideBySideLaws.showsTheReplays(sideBySide, givenBare, replays))));

  // ELSE the table tells another t than the verdict above it
  it("agrees with R4: t, p, both ranks and p at equal length; no ranks, -, where R4 has none", () =>
    sideBySideLaws.agreesWithR4(sideBySide, givenBare, antipasto, { ...another, gradients: missing }));

  // ELSE a figure that nobody measured is read as zero
  it("names every figure once, and shows - for all that is absent", () => {
    const figures = sideBySide(givenBare).map(({ figure }) => figure);
    expect(new Set(figures).size).toBe(figures.length);
    expect(sideBySide(givenBare).every(({ antipasto, lora }) => antipasto === "-" && lora === "-")).toBe(true);
  });
});
