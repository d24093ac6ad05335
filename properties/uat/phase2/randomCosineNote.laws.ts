import fc from "fast-check";
import { expect } from "vitest";
import type { Found, VHackEvidence } from "../../../src/uat/evidence/evidence.ts";
import { randomCosineNote } from "../../../src/uat/phase2/randomCosineNote.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../../support/tolerance.ts";

const shape = fc
  .integer({ min: 1, max: 64 })
  .chain((r) => fc.integer({ min: 1, max: Math.min(8, r) }).map((k) => ({ k, r })));

const vHackOf = (shapes: readonly { k: number; r: number }[]) => {
  const modules = new Map(
    shapes.map(({ k, r }, m) => [`m${m}`, { v: new Float64Array(k * r), s: new Float64Array(k), k, r }] as const),
  );
  return { kind: "found", path: "v", value: { sha256: "", vHack: { modules, metadata: {} } } } as const;
};

/** The same v_hack with the first direction of each module alone. */
const ofOneDirection = (reading: Found<VHackEvidence>): Found<VHackEvidence> => {
  const { vHack } = reading.value;
  const modules = new Map([...vHack.modules].map(([name, one]) => [name, { ...one, k: 1 }]));
  return { ...reading, value: { ...reading.value, vHack: { ...vHack, modules } } };
};

lawsOf("randomCosineNote", randomCosineNote, (law) => {
  law("says what chance gives: mean_m sqrt(k_m / r_m) in a module, sd sqrt(sum_m 1 / r_m) / M of their mean", {
    else: "a cosine that any direction has is read as alignment",
    for: [fc.array(shape, { minLength: 1, maxLength: 6 })],
    holds: (note, shapes) => {
      const M = shapes.length;
      const expected = {
        perModule: shapes.reduce((sum, { k, r }) => sum + Math.sqrt(k) / Math.sqrt(r), 0) / M,
        mean: Math.sqrt(shapes.reduce((sum, { r }) => sum + 1 / r, 0)) / M,
      };
      const { values, text } = note(vHackOf(shapes));
      expect(Object.keys(values)).toEqual(["perModule", "mean"]);
      // positive terms: a root, a quotient, M sums, another quotient and root, here and there
      for (const name of ["perModule", "mean"] as const)
        expectWithin(Number(values[name]), expected[name], gamma(2 * (M + 5), unitRoundoff64) * expected[name], name);
      expect(text).toContain(`${Number(values["perModule"]).toFixed(3)} in a module`);
      expect(text).toContain(`over ${M} modules has sd ${Number(values["mean"]).toFixed(4)}`);
    },
    examples: [[[{ k: 4, r: 4 }]]],
    rejects: {
      "one direction for all k": [
        (reading) => randomCosineNote(reading.kind === "found" ? ofOneDirection(reading) : reading),
        [{ k: 4, r: 9 }],
      ],
      "the spread in a module for that of the mean": [
        (reading) => {
          const note = randomCosineNote(reading);
          return { ...note, values: { ...note.values, mean: note.values["perModule"]! } };
        },
        [{ k: 4, r: 9 }],
      ],
    },
  });

  law("has no figures without v_hack: null, not zero", {
    else: "chance is taken for nothing where nobody knows it",
    for: [],
    holds: (note) => {
      expect(note({ kind: "missing", path: "v", command: "vhack extract" }).values).toEqual({
        perModule: null,
        mean: null,
      });
    },
    rejects: {
      "zero for unknown": [(reading) => ({ ...randomCosineNote(reading), values: { perModule: 0, mean: 0 } })],
    },
  });
});
