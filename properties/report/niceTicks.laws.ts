import { expect } from "vitest";
import { niceTicks } from "../../src/report/niceTicks.ts";
import { moderate } from "../support/arbitraries.ts";
import { lawsOf } from "../support/lawsOf.ts";

lawsOf("niceTicks", niceTicks, (law) => {
  law("covers the range with rising ticks: first <= low, last >= high", {
    else: "a point is drawn outside its axes",
    for: [moderate, moderate],
    holds: (niceTicks, a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const ticks = niceTicks(low, high, 6);
      const slack = 1e-11 * Math.max(Math.abs(low), Math.abs(high));
      expect(ticks[0]! <= low + slack && ticks.at(-1)! >= high - slack).toBe(true);
      expect(ticks.length).toBeLessThanOrEqual(12);
    },
    rejects: {
      "ticks inside the range": [(...range) => niceTicks(...range).slice(1, -1), 0.5, 9.5],
      "a tick per unit": [(low, high) => Array.from({ length: high - low + 1 }, (_, i) => low + i), 0, 100],
    },
  });
});
