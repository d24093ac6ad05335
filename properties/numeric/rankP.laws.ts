import fc from "fast-check";
import { expect } from "vitest";
import { rankP } from "../../src/numeric/rankP.ts";
import { moderate } from "../support/arbitraries.ts";
import { lawsOf } from "../support/lawsOf.ts";

lawsOf("rankP", rankP, (law) => {
  law("counts: largest of n controls -> 1/(1+n), smallest -> 1, ties against the claim", {
    for: [],
    holds: (rank) => {
      expect(rank(9, [1, 2, 3])).toBe(1 / 4);
      expect(rank(0, [1, 2, 3])).toBe(1);
      expect(rank(3, [1, 2, 3])).toBe(2 / 4);
    },
    rejects: {
      "ties counted for the claim": [
        (real, controls) => (1 + controls.filter((control) => control > real).length) / (1 + controls.length),
      ],
      "a p of zero": [(real, controls) => controls.filter((control) => control >= real).length / controls.length],
    },
  });

  law("is monotone in the figure: larger -> no larger p; invariant to the controls' order", {
    for: [moderate, moderate, fc.array(moderate, { maxLength: 9 })],
    holds: (rank, a, b, controls) => {
      expect(rank(Math.max(a, b), controls)).toBeLessThanOrEqual(rank(Math.min(a, b), controls));
      expect(rank(a, controls.toReversed())).toBe(rank(a, controls));
    },
    rejects: {
      "the other side": [
        (real, controls) =>
          rankP(
            -real,
            controls.map((x) => -x),
          ),
        3,
        1,
        [2],
      ],
    },
  });
});
