import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verdictHtml } from "../../src/report/html.ts";
import { histogram } from "../../src/report/histogramSvg.ts";
import { niceTicks } from "../../src/report/niceTicks.ts";
import { verdictJson } from "../../src/report/verdictJson.ts";
import { verdictNotes, verdictTable } from "../../src/report/verdictTable.ts";
import { wrap } from "../../src/report/textTable.ts";
import { moderate } from "../support/arbitraries.ts";
import { expectWithin } from "../support/tolerance.ts";
import { reportLaws } from "./report.statements.ts";
import { verdicts } from "./verdicts.ts";

describe("verdictTable", () => {
  it("tells each requirement exactly once, in order, with its outcome", () => {
    fc.assert(fc.property(verdicts, (list) => reportLaws.tablesEachOnce(verdictTable, list)));
  });
  it("bounds its width: lines <= 110 columns, but for a path, which stands whole", () => {
    fc.assert(fc.property(verdicts, (list) => reportLaws.tableFits(verdictTable, list)));
    fc.assert(fc.property(verdicts, (list) => reportLaws.tableFits((given) => verdictNotes(given), list)));
  });
});

describe("verdictJson", () => {
  it("round-trips: JSON.parse gives every outcome and value, NaN and Infinity spelled out", () => {
    fc.assert(
      fc.property(verdicts, fc.boolean(), (list, opens) => reportLaws.jsonRoundTrips(verdictJson, list, opens)),
    );
  });
});

describe("verdictHtml", () => {
  // ELSE model-written text in a path or message runs in the reader's browser
  it("is inert and self-contained: only our tags, nothing loaded", () => {
    fc.assert(fc.property(verdicts, (list) => reportLaws.htmlIsInert(verdictHtml, list)));
  });
  it("draws finite coordinates only", () => {
    fc.assert(fc.property(verdicts, (list) => reportLaws.htmlDrawsFiniteOnly(verdictHtml, list)));
  });
});

describe("wrap", () => {
  it("conserves the words and bounds the lines, longer words alone", () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 20 }),
        fc.integer({ min: 1, max: 30 }),
        (words, width) => {
          const lines = wrap(words.join(" "), width);
          expect(lines.join(" ")).toBe(words.join(" "));
          for (const line of lines) expect(line.length <= width || !line.includes(" ")).toBe(true);
        },
      ),
    );
  });
});

describe("niceTicks", () => {
  it("covers the range with rising ticks: first <= low, last >= high", () => {
    fc.assert(
      fc.property(moderate, moderate, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const ticks = niceTicks(low, high, 6);
        const slack = 1e-11 * Math.max(Math.abs(low), Math.abs(high));
        expect(ticks[0]! <= low + slack && ticks.at(-1)! >= high - slack).toBe(true);
        expect(ticks.length).toBeLessThanOrEqual(12);
      }),
    );
  });
});

describe("histogram", () => {
  it("conserves: the shares of each series sum to 1", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(moderate, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 3 }),
        (series) => {
          for (const shares of histogram(series, 8).shares)
            expectWithin(
              shares.reduce((sum, share) => sum + share, 0),
              1,
              1e-12,
              "shares",
            );
        },
      ),
    );
  });
});
