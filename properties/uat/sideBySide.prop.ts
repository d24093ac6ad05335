import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRng } from "../../src/numeric/rng.ts";
import type { Phase2Evidence } from "../../src/uat/phase2Evidence.ts";
import { sideBySide } from "../../src/uat/sideBySide.ts";
import { healthyEvidence, leaning, unitDirection } from "../support/evidence.ts";
import { anyPlannedArm } from "../support/plannedArm.ts";
import { readingsOf } from "./hackTrajectory.laws.ts";
import { sideBySideLaws } from "./sideBySide.laws.ts";

const direction = unitDirection(seededRng(1, "v"));
const missing = { kind: "missing", path: "", command: "" } as const;
const [left, right] = [healthyEvidence(1, direction, leaning(direction, 6)), healthyEvidence(2, direction, leaning(direction, 4))];
/** Nothing but v_hack: no statistics to wait for. */
const bare = { ...left, vanilla: missing, projected: missing };
const given: Phase2Evidence = { antipasto: bare, lora: bare, arms: readingsOf({}), vHackGrpo: missing, pairMeansGrpo: missing };
const replayed = fc.record({ antipasto: fc.option(anyPlannedArm), lora: fc.option(anyPlannedArm) });
const maybe = fc.option(anyPlannedArm, { nil: undefined });

describe("sideBySide", () => {
  // ELSE the table sets one adapter's arm beside another arm of the other
  it("reports each adapter's arms in its own column: rates before and after, vanilla - projected, the basis at the end; - where absent", () =>
    fc.assert(
      fc.property(fc.record({ vanilla: maybe, projected: maybe, random_v: maybe, vanilla_lora: maybe, projected_lora: maybe, random_v_lora: maybe }), (arms) =>
        sideBySideLaws.showsTheArms(sideBySide, given, arms)),
    ));

  // ELSE a cosine that was never recorded is read as one that is gone
  it("reports each replay's first and last thirds and its basis at the end; - where not recorded", () =>
    fc.assert(fc.property(replayed, (replays) => sideBySideLaws.showsTheReplays(sideBySide, given, replays))));

  // ELSE the table tells another t than the verdict above it
  it("agrees with R4: t, p, both ranks and p at equal length; no ranks, -, where R4 has none", () =>
    sideBySideLaws.agreesWithR4(sideBySide, given, left, { ...right, gradients: missing }));

  // ELSE a figure that nobody measured is read as zero
  it("names every figure once, and shows - for all that is absent", () => {
    const figures = sideBySide(given).map(({ figure }) => figure);
    expect(new Set(figures).size).toBe(figures.length);
    expect(sideBySide(given).every(({ antipasto, lora }) => antipasto === "-" && lora === "-")).toBe(true);
  });
});
