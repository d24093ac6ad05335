import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomCosineNote } from "../../../src/uat/phase2/randomCosineNote.ts";
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

describe("randomCosineNote", () => {
  // ELSE a cosine that any direction has is read as alignment
  it("says what chance gives: mean_m sqrt(k_m / r_m) in a module, sd sqrt(sum_m 1 / r_m) / M of their mean", () => {
    fc.assert(
      fc.property(fc.array(shape, { minLength: 1, maxLength: 6 }), (shapes) => {
        const M = shapes.length;
        const expected = {
          perModule: shapes.reduce((sum, { k, r }) => sum + Math.sqrt(k) / Math.sqrt(r), 0) / M,
          mean: Math.sqrt(shapes.reduce((sum, { r }) => sum + 1 / r, 0)) / M,
        };
        const { values, text } = randomCosineNote(vHackOf(shapes));
        expect(Object.keys(values)).toEqual(["perModule", "mean"]);
        // positive terms: a root, a quotient, M sums, another quotient and root, here and there
        for (const name of ["perModule", "mean"] as const)
          expectWithin(Number(values[name]), expected[name], gamma(2 * (M + 5), unitRoundoff64) * expected[name], name);
        expect(text).toContain(`${Number(values["perModule"]).toFixed(3)} in a module`);
        expect(text).toContain(`over ${M} modules has sd ${Number(values["mean"]).toFixed(4)}`);
      }),
      { examples: [[[{ k: 4, r: 4 }]]] },
    );
  });

  // ELSE chance is taken for nothing where nobody knows it
  it("has no figures without v_hack: null, not zero", () => {
    expect(randomCosineNote({ kind: "missing", path: "v", command: "vhack extract" }).values).toEqual({
      perModule: null,
      mean: null,
    });
  });
});
