import fc from "fast-check";
import { expect } from "vitest";
import { type Bound, keeps, stated, statedPoints } from "../../../src/uat/common/bound.ts";
import { lawsOf } from "../../support/lawsOf.ts";

const anyBound: fc.Arbitrary<Bound> = fc.record({
  relation: fc.constantFrom("at least", "more than", "at most", "less than"),
  bound: fc.integer({ min: -300, max: 300 }).map((hundredths) => hundredths / 100),
});
const signs = { "at least": ">=", "more than": ">", "at most": "<=", "less than": "<" } as const;
const atLeast = { relation: "at least", bound: 0.3 } as const;

lawsOf("keeps", keeps, (law) => {
  law("compares as written: at its bound, a step above, a step below, and never NaN", {
    else: "the gate opens at another threshold than the report states",
    for: [anyBound],
    holds: (keeps, bound) => {
      const at = bound.bound;
      expect([at - 1, at, at + 1, Number.NaN].map((value) => keeps(value, bound))).toEqual(
        {
          "at least": [false, true, true, false],
          "more than": [false, false, true, false],
          "at most": [true, true, false, false],
          "less than": [true, false, false, false],
        }[bound.relation],
      );
    },
    rejects: {
      "a strict bound": [(value, { bound }) => value > bound, atLeast],
      "the negation of the opposite, which NaN keeps": [(value, { bound }) => !(value < bound), atLeast],
    },
  });
});

lawsOf("stated", stated, (law) => {
  law("reads back as the bound: sign of the relation, then the number, whole or to hundredths", {
    else: "the report states another threshold than the one that decided",
    for: [anyBound],
    holds: (stated, bound) => {
      const [sign, number] = stated(bound).split(" ");
      expect([sign, Number(number)]).toEqual([signs[bound.relation], bound.bound + 0]);
      expect(number).toMatch(/^-?\d+(\.\d\d)?$/);
    },
    rejects: {
      "the strict sign": [(bound) => stated(bound).replace("=", ""), atLeast],
      "a number cut to one digit": [({ relation, bound }) => `${signs[relation]} ${bound.toFixed(0)}.00`, atLeast],
    },
  });
});

lawsOf("statedPoints", statedPoints, (law) => {
  law("reads back as the bound in percentage points", {
    for: [anyBound],
    holds: (stated, bound) => {
      const [sign, points, unit] = stated(bound).split(" ");
      expect([sign, unit]).toEqual([signs[bound.relation], "points"]);
      expect(Number(points)).toBe(Math.round(100 * bound.bound) + 0);
    },
    rejects: { "a share": [(bound) => `${stated(bound)} points`, atLeast] },
  });
});
