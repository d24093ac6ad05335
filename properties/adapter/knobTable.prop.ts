import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { knobLayout, packKnobs, unpackKnobs } from "../../src/adapter/knobTable.ts";
import { ShapeError } from "../../src/errors.ts";
import { dimension, float32Vector } from "../support/arbitraries.ts";
import { knobTableLaws, layoutOf } from "./knobTable.statements.ts";

const knobs = fc.array(dimension.chain(float32Vector), { minLength: 1, maxLength: 5 });

describe("packKnobs", () => {
  it("lays each knob in its module's row, zero padded: table[m P + j] = knob_m[j]", () =>
    fc.assert(fc.property(knobs, (x) => knobTableLaws.placesRows(packKnobs, x))));

  it("is invariant to the map's order: checkpoint order decides", () =>
    fc.assert(fc.property(knobs, (x) => knobTableLaws.ignoresMapOrder(packKnobs, x))));

  it("rejects a missing, a stray and a misfitting knob -> ShapeError", () =>
    fc.assert(fc.property(knobs, (x) => knobTableLaws.rejectsMisfit(packKnobs, x))));
});

describe("unpackKnobs", () => {
  it("round-trips: unpack(pack(x)) = x", () =>
    fc.assert(fc.property(knobs, (x) => knobTableLaws.roundTrips(packKnobs, unpackKnobs, x))));

  it("rejects a table of another size -> ShapeError", () =>
    fc.assert(
      fc.property(knobs, (x) => {
        const layout = layoutOf(x);
        expect(() => unpackKnobs(layout, new Float32Array(x.length * layout.P + 1))).toThrow(ShapeError);
      }),
    ));
});

describe("knobLayout", () => {
  it("is as wide as the widest: P = max width", () =>
    fc.assert(
      fc.property(knobs, (x) => {
        expect(layoutOf(x).P).toBe(Math.max(...x.map(({ length }) => length)));
      }),
    ));

  it("rejects no module, a repeated one and a width that is not a whole number >= 1 -> ShapeError", () => {
    for (const modules of [
      [],
      [
        { moduleName: "a", width: 1 },
        { moduleName: "a", width: 2 },
      ],
      [{ moduleName: "a", width: 0 }],
      [{ moduleName: "a", width: 1.5 }],
    ])
      expect(() => knobLayout(modules)).toThrow(ShapeError);
  });
});
