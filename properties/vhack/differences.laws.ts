import { expect } from "vitest";
import { knobLayout } from "../../src/adapter/knobTable.ts";
import { NonFiniteError, ShapeError } from "../../src/errors.ts";
import { differencesOf } from "../../src/vhack/differences.ts";
import { nonFinite } from "../support/arbitraries.ts";
import { lawsOf } from "../support/lawsOf.ts";

const unchecked: typeof differencesOf = (nPairs, layout, data) => ({ nPairs, layout, data });
const lastBroken: typeof differencesOf = (nPairs, layout, data) => {
  const last = data.findLastIndex((value) => !Number.isFinite(value));
  return differencesOf(
    nPairs,
    layout,
    data.map((value, i) => (i === last ? value : 0)),
  );
};

lawsOf("differencesOf", differencesOf, (law) => {
  law("names the first pair with a broken gradient, whichever module and entry it is in", {
    for: [],
    holds: (make) => {
      const layout = knobLayout([
        { moduleName: "a", width: 2 },
        { moduleName: "b", width: 3 },
      ]); // 2 x 3 numbers a pair
      for (const at of Array.from({ length: 18 }).keys()) {
        const valueAt = (i: number) => (i < at ? 1 : i === at ? Number.NaN : Number.POSITIVE_INFINITY);
        const data = Float64Array.from({ length: 18 }, (_, i) => valueAt(i));
        expect(() => make(3, layout, data)).toThrow(
          `expected finite gradients, got NaN in pair ${at < 6 ? 0 : at < 12 ? 1 : 2}`,
        );
      }
    },
    rejects: { "the last one named": [lastBroken] },
  });

  law("rejects sizes that do not fit, no pair and non-finite gradients -> ShapeError, NonFiniteError", {
    for: [nonFinite],
    holds: (make, broken) => {
      const layout = knobLayout([{ moduleName: "a", width: 2 }]);
      expect(() => make(1, layout, new Float64Array(3))).toThrow(ShapeError);
      expect(() => make(0, layout, new Float64Array(0))).toThrow(ShapeError);
      expect(() => make(2, layout, Float64Array.of(1, 2, 3, broken))).toThrow(NonFiniteError);
    },
    rejects: { "differences that nobody checked": [unchecked, Number.NaN] },
  });
});
