import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomUnitVector } from "../../src/numeric/randomUnitVector.ts";
import { rowsByKey } from "../../src/numeric/rowsByKey.ts";
import { runSeed } from "../support/arbitraries.ts";
import { directionLaws } from "./randomUnitVector.statements.ts";

describe("randomUnitVector", () => {
  it("has length one: |v| = 1", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), runSeed, (r, seed) =>
        directionLaws.hasUnitLength(randomUnitVector, r, seed),
      ),
    );
  });
  // ELSE the null that v_hack is ranked against is not "any direction"
  it("is uniform on the circle: no angle is favoured, within Hoeffding", () =>
    directionLaws.isUniformOnCircle(randomUnitVector));
});

describe("rowsByKey", () => {
  it("partitions the rows: every row once, under its key, rows ascending, keys by first appearance", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "b", 1, "1")), (keys) => {
        const groups = rowsByKey(keys);
        expect([...groups.keys()]).toEqual([...new Set(keys)]);
        expect([...groups.values()].flat().toSorted((a, b) => a - b)).toEqual(keys.map((_, row) => row));
        for (const [key, rows] of groups) for (const row of rows) expect(keys[row]).toBe(key);
      }),
    );
  });
});
