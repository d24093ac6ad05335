import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leakCheck } from "../../../src/uat/r2/leakCheck.ts";
import type { StageEvidence } from "../../../src/uat/evidence/evidence.ts";
import { manifest } from "../../support/evidence.ts";

const stageOf = (deviations: readonly (number | null)[]): StageEvidence =>
  deviations.map((alone, step) => ({
    step,
    path: "",
    rows: [],
    manifest: manifest("replay", { measurements: alone === null ? {} : { alone_deviation: alone } }),
  }));
const deviations = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 5 });

describe("leakCheck", () => {
  // ELSE one step whose gradients leak hides among those whose do not
  it("judges the worst step: value = max over steps, at most 2e-4", () => {
    fc.assert(
      fc.property(deviations, (all) => {
        const condition = leakCheck(stageOf(all))!;
        expect(all).toContain(condition.value);
        expect(all.every((one) => one <= condition.value)).toBe(true);
        expect(condition).toMatchObject({ relation: "at most", bound: 2e-4, decides: "pass" });
        expect(condition.cause).toContain(`differs by ${condition.value.toPrecision(2)} `);
      }),
    );
  });

  // ELSE the exact check replaces the order test where some steps were never checked
  it("says nothing where a step does not: no manifest, no measurements or no deviation in one of them -> null", () => {
    fc.assert(
      fc.property(deviations, fc.nat(), (all, at) => {
        const silent = at % all.length;
        expect(leakCheck(stageOf(all.map((one, step) => (step === silent ? null : one))))).toBe(null);
        expect(leakCheck(stageOf(all).map((one) => (one.step === silent ? { ...one, manifest: null } : one)))).toBe(
          null,
        );
        const { measurements: _, ...bare } = manifest("replay", {});
        expect(leakCheck(stageOf(all).map((one) => (one.step === silent ? { ...one, manifest: bare } : one)))).toBe(
          null,
        );
      }),
    );
  });
});
