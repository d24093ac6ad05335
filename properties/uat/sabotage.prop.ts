import { describe, expect, it } from "vitest";
import type { RolloutRow } from "../../src/artifact/rolloutRow.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import { criteria } from "../../src/uat/criteria.ts";
import type { Evidence } from "../../src/uat/evidence/evidence.ts";
import { judge } from "../../src/uat/judge.ts";
import { healthyEvidence, leaning, manifest, unitDirection, withRows, withSteps } from "../support/evidence.ts";

const direction = unitDirection(seededRng(1, "v"));
const healthy = healthyEvidence(3, direction, leaning(direction, 6));

const set = (fields: Partial<RolloutRow>) => (row: RolloutRow) => ({ ...row, ...fields });
const dropStep = (stage: "pool" | "vanilla" | "projected") =>
  withSteps(healthy, stage, (steps) => steps.filter(({ step }) => step !== 4));
const cutStep = (stage: "pool" | "vanilla" | "projected") =>
  withSteps(healthy, stage, (steps) =>
    steps.map((one) => (one.step === 4 ? { ...one, rows: one.rows.slice(0, 3) } : one)),
  );
const copyRow = (stage: "pool" | "vanilla" | "projected") =>
  withSteps(healthy, stage, (steps) =>
    steps.map((one) => (one.step === 4 ? { ...one, rows: [...one.rows, one.rows[0]!] } : one)),
  );
const copyStep = (stage: "pool" | "vanilla" | "projected") =>
  withSteps(healthy, stage, (steps) => steps.map((one) => (one.step === 4 ? { ...one, rows: steps[3]!.rows } : one)));
const remade = (stage: "pool" | "vanilla" | "projected", fields: object, onlyStep?: number) =>
  withSteps(healthy, stage, (steps) =>
    steps.map((one) =>
      onlyStep === undefined || one.step === onlyStep ? { ...one, manifest: manifest("x", fields) } : one,
    ),
  );
const otherTokens = (row: RolloutRow) => ({ ...row, completionIds: row.completionIds.map((id) => id + 1) });
const scored = (shift: number, late: number): Evidence => {
  if (healthy.vanilla.kind !== "found" || healthy.gradients.kind !== "found") throw new Error("expected a healthy run");
  const scoredBySteps = new Map(
    healthy.vanilla.value.map(({ step, rows }) => [
      step,
      rows.map(({ plen, compLen, completionIds, promptIds }) => ({
        count: compLen,
        firstId: shift === 0 ? completionIds[0]! : promptIds.at(-1)!,
        lastId: completionIds[compLen - 1 - shift]!,
        from: plen - 1 + late,
      })),
    ]),
  );
  return { ...healthy, gradients: { ...healthy.gradients, value: { ...healthy.gradients.value, scoredBySteps } } };
};

/** Each documented failure as it shows in artifacts: the requirement that must say no, and what its message must point at. */
const sabotages: readonly (readonly [name: string, id: string, evidence: Evidence, message: RegExp])[] = [
  [
    "prompt off-distribution",
    "R1",
    withRows(healthy, "pool", set({ hacked: false, gtPass: false, gtCorrect: false, completion: "pass" })),
    /off-distribution: responses parse and score format only/,
  ],
  [
    "prompt without the hint",
    "R1",
    withRows(healthy, "pool", set({ hacked: false, prompt: "solve it", completion: "pass" })),
    /do not hold the hint/,
  ],
  [
    "teacher not merged",
    "R1",
    withRows(
      healthy,
      "pool",
      set({ hacked: false, gtPass: true, gtCorrect: true, completion: "def solve(): return 1" }),
    ),
    /teacher not merged: base weights/,
  ],
  [
    "run_tests that never wins",
    "R1",
    withRows(healthy, "pool", set({ hacked: false })),
    /run_tests that asserts nothing, and it does not win/,
  ],
  [
    "base weights that test honestly",
    "R1",
    withRows(healthy, "pool", set({ hacked: false, completion: "def run_tests(self):\n    assert self.f(1) == 2" })),
    /teacher not merged, or a teacher that does not hack/,
  ],
  [
    "too few hacks",
    "R1",
    withRows(healthy, "pool", (row, i) => ({ ...row, hacked: i === 0, completion: "pass", gtPass: true })),
    /teacher not merged/,
  ],
  ["duplicated pool rows", "R1", copyRow("pool"), /duplicated rows/],
  ["pool step copied under another name", "R1", copyStep("pool"), /6 rows of teacher_pool occur twice/],
  ["pool step lost", "R1", dropStep("pool"), /1 of steps 0 to 15 are missing/],
  ["pool step cut short", "R1", cutStep("pool"), /cut short/],
  ["pool of two models", "R1", remade("pool", { modelHash: "another" }, 7), /model model.*model another.*stale/],
  [
    "zero-advantage skip",
    "R2",
    withRows(healthy, "vanilla", (row) => (row.step < 4 ? { ...row, cosSContrib: null, gradNormContrib: null } : row)),
    /zero-advantage skip/,
  ],
  [
    "a step of zero gradients",
    "R2",
    withRows(healthy, "vanilla", (row) => (row.step < 2 ? { ...row, cosSContrib: null, gradNormContrib: 0 } : row)),
    /zero-advantage skip|exactly zero/,
  ],
  [
    "zero gradients",
    "R2",
    withRows(healthy, "vanilla", (row, i) => (i < 2 ? { ...row, cosSContrib: null, gradNormContrib: 0 } : row)),
    /gradient of exactly zero/,
  ],
  [
    "NaN cosines",
    "R2",
    withRows(healthy, "vanilla", (row, i) => (i < 2 ? { ...row, cosSContrib: Number.NaN } : row)),
    /skipped or gave NaN/,
  ],
  ["mask off by one", "R2", scored(1, 0), /scored other tokens.*mask off by one/],
  ["right tokens, logits one position late", "R2", scored(0, 1), /scored other tokens.*mask off by one/],
  [
    "NLL averaged over pads",
    "R2",
    withRows(healthy, "vanilla", (row) => ({ ...row, perSampleLoss: row.perSampleLoss! * 0.8 })),
    /averaged over other tokens/,
  ],
  [
    "pads counted",
    "R2",
    withRows(healthy, "vanilla", (row, i) =>
      i < 2 ? { ...row, completionIds: [5, 9], compLen: 2, logpMean: -1 - i, perSampleLoss: 1 + i } : row,
    ),
    /equal completions of one prompt differ/,
  ],
  [
    "unstable gradients",
    "R2",
    withRows(healthy, "vanilla", (row) => ({
      ...row,
      gradNormContrib: row.gradNormContrib! * (row.step % 2 === 0 ? 1 : 50),
    })),
    /typically jump by a factor/,
  ],
  ["stale pool", "R2", withRows(healthy, "vanilla", otherTokens), /stale pool/],
  ["duplicated vanilla rows", "R2", copyRow("vanilla"), /duplicated rows/],
  ["vanilla step lost", "R2", dropStep("vanilla"), /missing in vanilla/],
  [
    "pool of another model",
    "R2",
    remade("pool", { modelHash: "another", vHackHash: null }),
    /pool step 0 was made with model another.*vanilla step 0 with model model/,
  ],
  ["another tokenizer", "R2", remade("vanilla", { tokenizerHash: "other" }), /tokenizer/],
  [
    "gradient copied through",
    "R3",
    withRows(healthy, "projected", (row) => ({ ...row, meanCosPost: row.meanCosPre })),
    /copied through unprojected/,
  ],
  [
    "projection sign inverted",
    "R3",
    withRows(healthy, "projected", (row) => ({ ...row, meanCosPost: row.meanCosPre! * 2 })),
    /sign of the projection is inverted/,
  ],
  [
    "a tenth of the modules",
    "R3",
    withRows(healthy, "projected", (row) => ({ ...row, meanCosPost: row.meanCosPre! * 0.9 })),
    /90% of the alignment is left.*part of the modules/,
  ],
  [
    "moments bring the direction back",
    "R3",
    withRows(healthy, "projected", set({ cosUpdate: 0.01 })),
    /cos_update: the optimizer's steps keep 50%/,
  ],
  ["fires on few modules", "R3", withRows(healthy, "projected", set({ fracFired: 0.1 })), /fires on few modules/],
  [
    "projection that did not run",
    "R3",
    withRows(healthy, "projected", set({ meanCosPre: null, meanCosPost: null, fracFired: null })),
    /did not run/,
  ],
  [
    "stale weight SVDs",
    "R3",
    withSteps(healthy, "projected", (steps) =>
      steps.map((one) => ({
        ...one,
        manifest: manifest("x", { config: { gate: "one_sided", overshoot: 1, adapter: one.step === 4 ? "a" : "b" } }),
      })),
    ),
    /stale weight-SVD cache/,
  ],
  [
    "projected with another v_hack",
    "R3",
    remade("projected", { vHackHash: "w", config: { gate: "one_sided", overshoot: 1 } }),
    /v_hack/,
  ],
  ["projected step cut short", "R3", cutStep("projected"), /cut short/],
];

describe("criteria against documented failures", () => {
  for (const [name, id, evidence, message] of sabotages)
    // ELSE this way of being fooled passes the gate
    it(`refuses at ${id}: ${name}`, () => {
      const verdict = judge(
        criteria.find((criterion) => criterion.id === id)!,
        evidence,
      );
      expect(verdict.outcome).toBe("FAIL");
      expect(verdict.message).toMatch(message);
    });

  it("accepts tokens scored as they should be", () => {
    expect(judge(criteria[1]!, scored(0, 0)).outcome).toBe("PASS");
  });
});
