import { describe, expect, it } from "vitest";
import { verdictHtml } from "../../src/report/html.ts";
import { verdictTable } from "../../src/report/verdictTable.ts";
import type { Verdict } from "../../src/uat/common/verdict.ts";
import { reportLaws } from "../report/report.statements.ts";

const rejects = (law: () => void) => expect(law).toThrow();

const verdict: Verdict = {
  id: "R1",
  claim: "it <script>",
  outcome: "FAIL",
  measured: true,
  headline: "0.1",
  threshold: ">= 0.3",
  path: "out",
  message: "cause",
  conditions: [
    { name: "x", value: Number.NaN, relation: "at least", bound: 0.3, decides: "pass", cause: "", holds: false },
  ],
  notes: [],
  figures: [
    {
      kind: "lines",
      title: "t",
      xLabel: "x",
      yLabel: "y",
      series: [
        {
          name: "s",
          points: [
            [0, 1],
            [1, 2],
          ],
        },
      ],
    },
  ],
};
const two = [verdict, { ...verdict, id: "R2", outcome: "PASS" as const }];

describe("teeth: report", () => {
  it("each verdict once rejects: a table that leaves failures out", () =>
    rejects(() =>
      reportLaws.tablesEachOnce(
        (list, end) =>
          verdictTable(
            list.filter(({ outcome }) => outcome === "PASS"),
            end,
          ),
        two,
      ),
    ));
  it("each verdict once rejects: a table that says PASS for all", () =>
    rejects(() =>
      reportLaws.tablesEachOnce(
        (list, end) =>
          verdictTable(
            list.map((one) => ({ ...one, outcome: "PASS" })),
            end,
          ),
        two,
      ),
    ));
  it("the width rejects: a table on one line", () =>
    rejects(() => reportLaws.tableFits((list, end) => verdictTable(list, end).replaceAll("\n", " "), two)));
  it("JSON's round trip rejects: NaN as null", () =>
    rejects(() =>
      reportLaws.jsonRoundTrips(
        (list, conclusion, opens) => JSON.stringify({ opens, conclusion, verdicts: list }),
        two,
        true,
      ),
    ));
  it("an inert page rejects: unescaped text", () =>
    rejects(() => reportLaws.htmlIsInert((list, head) => verdictHtml(list, head).replaceAll("&lt;", "<"), two)));
  it("an inert page rejects: a page that loads a style sheet", () =>
    rejects(() =>
      reportLaws.htmlIsInert((list, head) => verdictHtml(list, head).replace("<style>", '<link href="x">'), two),
    ));
  it("finite drawings rejects: coordinates that are not numbers", () =>
    rejects(() =>
      reportLaws.htmlDrawsFiniteOnly(
        (list, head) => verdictHtml(list, head).replaceAll(/cx="[^"]*"/g, 'cx="NaN"'),
        two,
      ),
    ));
});
