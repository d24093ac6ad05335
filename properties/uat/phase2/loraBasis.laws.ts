import fc from "fast-check";
import { expect } from "vitest";
import type { Reading, VHackEvidence } from "../../../src/uat/evidence/evidence.ts";
import { reachesBothFactors, stillMeansTheSame } from "../../../src/uat/phase2/loraBasis.ts";
import { manifest, rolloutRow } from "../../support/evidence.ts";
import { lawsOf } from "../../support/lawsOf.ts";

function vHackLora(rows: readonly (readonly number[])[]): Reading<VHackEvidence> {
  const modules = new Map(
    rows.map((row, m) => [`m${m}`, { v: Float64Array.from(row), s: Float64Array.of(1), k: 1, r: row.length }]),
  );
  return { kind: "found", path: "v_hack_lora", value: { sha256: "", vHack: { modules, metadata: {} } } };
}

const nonZero = fc.double({ min: 0.1, max: 1, noNaN: true });
const rows = fc.array(fc.array(nonZero, { minLength: 2, maxLength: 12 }), { minLength: 1, maxLength: 4 });

/** The share of the module that has the fewest zeros. */
const fewest: typeof reachesBothFactors = (vHack) => {
  if (vHack.kind !== "found") return [];
  const { modules } = vHack.value.vHack;
  const values = [...modules].map(([name, one]) =>
    reachesBothFactors({
      ...vHack,
      value: { ...vHack.value, vHack: { ...vHack.value.vHack, modules: new Map([[name, one]]) } },
    }),
  );
  return values.toSorted(([one], [other]) => one!.value - other!.value)[0]!;
};

lawsOf("reachesBothFactors", reachesBothFactors, (law) => {
  law("reports the largest zero share of a module: 0 without zeros, the zeroed part where A has none", {
    else: "a v_hack extracted at peft's zero B is taken for LoRA's, and A is never projected",
    for: [rows],
    holds: (reaches, full) => {
      expect(reaches(vHackLora(full))[0]).toMatchObject({ value: 0, bound: 0.01, relation: "at most" });
      const half = full.map((row) => row.map((value, j) => (j < Math.floor(row.length / 2) ? 0 : value)));
      expect(reaches(vHackLora(half))[0]!.value).toBe(
        Math.max(...half.map((row) => Math.floor(row.length / 2) / row.length)),
      );
    },
    rejects: {
      "the module with the fewest zeros": [
        fewest,
        [
          [1, 1],
          [1, 1, 1],
        ],
      ],
    },
  });

  law("leaves modules without a direction out, and never passes when all are", {
    for: [],
    holds: (reaches) => {
      expect(
        reaches(
          vHackLora([
            [0, 0],
            [1, 1],
          ]),
        )[0]!.value,
      ).toBe(0);
      expect(reaches(vHackLora([[0, 0]]))[0]!.value).toBeNaN();
      expect(reaches({ kind: "missing", path: "", command: "" })).toEqual([]);
    },
    rejects: {
      "a module without a direction counted": [
        (vHack) => reachesBothFactors(vHack).map((one) => ({ ...one, value: 1 })),
      ],
      "no direction at all taken for whole": [
        (vHack) => reachesBothFactors(vHack).map((one) => ({ ...one, value: one.value || 0 })),
      ],
    },
  });

  law("names the share in percent: 1 zero of 4 is 25%", {
    else: "the cause is named with a figure that is not the share",
    for: [],
    holds: (reaches) =>
      expect(reaches(vHackLora([[0, 1, 1, 1]]))[0]!.cause).toMatch(/^25% of v_hack_lora is exactly zero/),
    rejects: {
      "a share that is called percent": [
        (vHack) => reachesBothFactors(vHack).map((one) => ({ ...one, cause: one.cause.replace("25%", "0.25%") })),
      ],
    },
  });
});

lawsOf("stillMeansTheSame", stillMeansTheSame, (law) => {
  law("reports the worst step: min v_hack_meaning; NaN where a step did not measure it", {
    for: [fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 })],
    holds: (means, meanings) => {
      const stage = meanings.map((v_hack_meaning, step) => ({
        step,
        path: "",
        rows: [rolloutRow({ step })],
        manifest: manifest("grpo", { measurements: { v_hack_meaning } }),
      }));
      expect(means(stage)).toMatchObject({
        value: Math.min(...meanings),
        bound: 0.5,
        relation: "at least",
      });
      expect(means([...stage, { ...stage[0]!, manifest: manifest("grpo", {}) }]).value).toBeNaN();
    },
    rejects: {
      "the last step": [(stage) => stillMeansTheSame(stage.slice(-1)), [0.25, 0.75]],
      "steps that measured nothing left out": [
        (stage) =>
          stillMeansTheSame(stage.filter(({ manifest }) => manifest?.measurements?.["v_hack_meaning"] !== undefined)),
        [0.75],
      ],
    },
  });
});
