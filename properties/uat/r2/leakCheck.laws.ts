import fc from "fast-check";
import { expect } from "vitest";
import type { StageEvidence } from "../../../src/uat/evidence/evidence.ts";
import { leakCheck } from "../../../src/uat/r2/leakCheck.ts";
import { manifest } from "../../support/evidence.ts";
import { lawsOf } from "../../support/lawsOf.ts";

const stageOf = (deviations: readonly (number | null)[]): StageEvidence =>
  deviations.map((alone, step) => ({
    step,
    path: "",
    rows: [],
    manifest: manifest("replay", { measurements: alone === null ? {} : { alone_deviation: alone } }),
  }));

const deviations = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 5 });

lawsOf("leakCheck", leakCheck, (law) => {
  law("judges the worst step: value = max over steps, at most 2e-4", {
    else: "one step whose gradients leak hides among those whose do not",
    for: [deviations],
    holds: (check, all) => {
      const condition = check(stageOf(all))!;
      expect(all).toContain(condition.value);
      expect(all.every((one) => one <= condition.value)).toBe(true);
      expect(condition).toMatchObject({ relation: "at most", bound: 2e-4, decides: "pass" });
      expect(condition.cause).toContain(`differs by ${condition.value.toPrecision(2)} `);
    },
    rejects: {
      "the first step": [(stage) => leakCheck(stage.slice(0, 1)), [0, 1]],
    },
  });

  law("says nothing where a step does not: no manifest, no measurements or no deviation in one of them -> null", {
    else: "the exact check replaces the order test where some steps were never checked",
    for: [deviations, fc.nat()],
    holds: (check, all, at) => {
      const silent = at % all.length;
      expect(check(stageOf(all.map((one, step) => (step === silent ? null : one))))).toBe(null);
      expect(check(stageOf(all).map((one) => (one.step === silent ? { ...one, manifest: null } : one)))).toBe(null);
      const { measurements: _, ...bare } = manifest("replay", {});
      expect(check(stageOf(all).map((one) => (one.step === silent ? { ...one, manifest: bare } : one)))).toBe(null);
    },
    rejects: {
      "steps that do not say left out": [
        (stage) => leakCheck(stage.filter(({ manifest }) => manifest?.measurements?.["alone_deviation"] !== undefined)),
        [0, 1],
        1,
      ],
    },
  });
});
