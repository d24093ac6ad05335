import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRng } from "../../../src/numeric/rng.ts";
import { criteria } from "../../../src/uat/criteria.ts";
import type { Evidence } from "../../../src/uat/evidence/evidence.ts";
import { judge } from "../../../src/uat/judge.ts";
import {
  healthyEvidence,
  leaning,
  manifest,
  unitDirection,
  vHackOf,
  withRows,
  withSteps,
} from "../../support/evidence.ts";
import { discriminationLaws } from "./discrimination.statements.ts";

const r4 = criteria.find(({ id }) => id === "R4")!;
const judgeR4 = (evidence: Evidence) => {
  const { outcome, message } = judge(r4, evidence);
  return { outcome, message };
};
const seeds = Array.from({ length: 30 }, (_, seed) => seed);
const v = unitDirection(seededRng(0, "hackward"));
const healthy = healthyEvidence(0, v, leaning(v, 6));
const other = vHackOf(unitDirection(seededRng(9, "other")), "w");

describe("discrimination", () => {
  it("passes a planted direction: pure hacks lean along v_hack", () => {
    fc.assert(
      fc.property(fc.nat(1e6), (seed) => discriminationLaws.passesPlantedDirection(judgeR4, seed)),
      { numRuns: 8 },
    );
  });

  // ELSE a random v_hack opens the gate in a third of the runs
  it("refuses a random direction: PASS in at most 5% of draws, though the buckets differ", () =>
    discriminationLaws.refusesRandomDirection(judgeR4, seeds));

  it('says "not specific" where Welch alone passes for a random direction', () =>
    discriminationLaws.seesWelchPassUnspecifically(judgeR4, seeds));

  it("refuses equal buckets, at seeds 1 to 5", () => {
    for (let seed = 1; seed <= 5; seed++) discriminationLaws.refusesEqualBuckets(judgeR4, seed);
  });

  it("refuses the opposite direction and says so", () => discriminationLaws.refusesOppositeDirection(judgeR4, 1));

  // ELSE "generic long-completion signal" passes for the hack direction
  it("names a length signal: gradient along v_hack proportional to length", () => {
    for (let seed = 1; seed <= 4; seed++) discriminationLaws.namesLengthSignal(judgeR4, seed);
  });

  // ELSE the third accident of the note repeats: one row in a bucket, t undefined
  it("reports a bucket of no or one row with its counts", () => {
    for (const left of [0, 1])
      discriminationLaws.countsSmallBuckets(judgeR4, 1, (direction) =>
        withRows(healthyEvidence(1, direction, leaning(direction, 6)), "vanilla", (row, i) => ({
          ...row,
          gtPass: left === 1 && row.step === 0 && i === 0,
        })),
      );
  });

  it("recomputes: rows made with another v_hack -> FAIL that says so, unless the user named the file", () => {
    const swapped: Evidence = { ...healthy, vHack: { kind: "found", path: "other", value: { ...other, sha256: "v" } } };
    expect(judgeR4(swapped)).toMatchObject({
      outcome: "FAIL",
      message: expect.stringMatching(/rows were made with another v_hack/),
    });
    const given: Evidence = { ...healthy, vHackIsGiven: true, vHack: { kind: "found", path: "other", value: other } };
    expect(judgeR4(given).message).not.toMatch(/another v_hack/);
    const recorded = withRows(healthy, "vanilla", (row) => ({ ...row, cosSContrib: row.cosSContrib! + 2e-4 }));
    expect(judgeR4(recorded).message).toMatch(/rows were made with another v_hack/);
  });

  it("rejects gradients of another replay: norms differ -> FAIL", () => {
    const foreign = withRows(healthy, "vanilla", (row) => ({ ...row, gradNormContrib: row.gradNormContrib! * 1.01 }));
    expect(judgeR4(foreign).message).toMatch(/gradient files belong to another replay/);
  });

  it("rejects a v_hack of other modules or widths, and of another model", () => {
    const renamed = new Map([...other.vHack.modules].map(([name, directions]) => [`${name}x`, directions]));
    const misfit: Evidence = {
      ...healthy,
      vHack: { kind: "found", path: "other", value: { ...other, vHack: { ...other.vHack, modules: renamed } } },
    };
    expect(judgeR4(misfit)).toMatchObject({
      outcome: "FAIL",
      message: expect.stringMatching(/expected modules of the stored gradients, got ax/),
    });
    const foreign = withSteps(healthy, "vanilla", (steps) =>
      steps.map((step) => ({ ...step, manifest: manifest("replay", { modelHash: "another" }) })),
    );
    expect(judgeR4(foreign).message).toMatch(/model/);
  });

  it("reads the recorded column where nothing else is stored, and then never says PASS", () => {
    const bare: Evidence = {
      ...healthy,
      gradients: { kind: "missing", path: "vanilla", command: "vhack replay --arm vanilla" },
    };
    expect(judgeR4(bare)).toMatchObject({
      outcome: "PASS, not specific",
      message: expect.stringMatching(/specificity could not be measured/),
    });
  });

  it("is reproducible: the same evidence and seed give the same verdict", () => {
    expect(judge(r4, healthy)).toEqual(judge(r4, healthy));
  });

  it("is invariant to the order of steps and rows within a step, up to the seeded draws' p", () => {
    const { headline } = judge(r4, healthy);
    const reversed = withSteps(healthy, "vanilla", (steps) => [...steps].reverse());
    expect(judge(r4, reversed).headline).toBe(headline);
  });

  it("ranks controls beside v_hack", () => {
    const { notes } = judge(r4, {
      ...healthy,
      controls: new Map([["shuffled.safetensors", { kind: "found", path: "c", value: other } as const]]),
    });
    expect(notes.find(({ label }) => label === "control shuffled.safetensors")!.text).toMatch(/^t -?\d/);
  });
});
