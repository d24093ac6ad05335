import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Reading, VHackEvidence } from "../../../src/uat/evidence/evidence.ts";
import { reachesBothFactors, stillMeansTheSame } from "../../../src/uat/phase2/loraBasis.ts";
import { manifest, rolloutRow } from "../../support/evidence.ts";

function vHackLora(rows: readonly (readonly number[])[]): Reading<VHackEvidence> {
  const modules = new Map(
    rows.map((row, m) => [`m${m}`, { v: Float64Array.from(row), s: Float64Array.of(1), k: 1, r: row.length }]),
  );
  return { kind: "found", path: "v_hack_lora", value: { sha256: "", vHack: { modules, metadata: {} } } };
}

const nonZero = fc.double({ min: 0.1, max: 1, noNaN: true });
const rows = fc.array(fc.array(nonZero, { minLength: 2, maxLength: 12 }), { minLength: 1, maxLength: 4 });

describe("reachesBothFactors", () => {
  // ELSE a v_hack extracted at peft's zero B is taken for LoRA's, and A is never projected
  it("reports the largest zero share of a module: 0 without zeros, the zeroed part where A has none", () =>
    fc.assert(
      fc.property(rows, (full) => {
        expect(reachesBothFactors(vHackLora(full))[0]).toMatchObject({ value: 0, bound: 0.01, relation: "at most" });
        const half = full.map((row) => row.map((value, j) => (j < Math.floor(row.length / 2) ? 0 : value)));
        expect(reachesBothFactors(vHackLora(half))[0]!.value).toBe(
          Math.max(...half.map((row) => Math.floor(row.length / 2) / row.length)),
        );
      }),
    ));

  it("leaves modules without a direction out, and never passes when all are", () => {
    expect(
      reachesBothFactors(
        vHackLora([
          [0, 0],
          [1, 1],
        ]),
      )[0]!.value,
    ).toBe(0);
    expect(reachesBothFactors(vHackLora([[0, 0]]))[0]!.value).toBeNaN();
    expect(reachesBothFactors({ kind: "missing", path: "", command: "" })).toEqual([]);
  });

  // ELSE the cause is named with a figure that is not the share
  it("names the share in percent: 1 zero of 4 is 25%", () =>
    expect(reachesBothFactors(vHackLora([[0, 1, 1, 1]]))[0]!.cause).toMatch(/^25% of v_hack_lora is exactly zero/));
});

describe("stillMeansTheSame", () => {
  it("reports the worst step: min v_hack_meaning; NaN where a step did not measure it", () =>
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 }), (meanings) => {
        const stage = meanings.map((v_hack_meaning, step) => ({
          step,
          path: "",
          rows: [rolloutRow({ step })],
          manifest: manifest("grpo", { measurements: { v_hack_meaning } }),
        }));
        expect(stillMeansTheSame(stage)).toMatchObject({
          value: Math.min(...meanings),
          bound: 0.5,
          relation: "at least",
        });
        expect(stillMeansTheSame([...stage, { ...stage[0]!, manifest: manifest("grpo", {}) }]).value).toBeNaN();
      }),
    ));
});
