import { expect } from "vitest";
import type { Verdict } from "../../src/uat/common/verdict.ts";

type Table = (verdicts: readonly Verdict[], conclusion: string) => string;
type Json = (verdicts: readonly Verdict[], conclusion: string, opens: boolean) => string;
type Html = (verdicts: readonly Verdict[], head: { title: string; source: string; conclusion: string }) => string;

const head = { title: 'a <b> & "c"', source: "out", conclusion: "it <does> not" };

/** Laws of the report's three forms, for the real ones and for their mutants. */
export const reportLaws = {
  /** Every requirement once, in order, with its outcome on its own line; a path whole on a line of its own, to be copied. */
  tablesEachOnce(table: Table, verdicts: readonly Verdict[]): void {
    const lines = table(verdicts, "so be it").split("\n");
    const first = lines.filter((line) => /^R\d/.test(line));
    expect(first.map((line) => line.slice(0, 2))).toEqual(verdicts.map(({ id }) => id));
    for (const { path } of verdicts) expect(lines).toContain(`    read from ${path}`);
    // the outcome's column, wrapped or not, begins at 82
    first.forEach((line, i) =>
      expect(verdicts[i]!.outcome.startsWith(line.slice(82).trim().split(" ")[0]!)).toBe(true),
    );
  },

  /** But for paths. */
  tableFits(table: Table, verdicts: readonly Verdict[]): void {
    const lines = table(verdicts, "so be it").split("\n");
    const paths = verdicts.map(({ path }) => `    read from ${path}`);
    for (const line of lines) if (!paths.includes(line)) expect(line.length).toBeLessThanOrEqual(110);
  },

  jsonRoundTrips(json: Json, verdicts: readonly Verdict[], opens: boolean): void {
    const read = JSON.parse(json(verdicts, "so be it", opens));
    expect(read.opens).toBe(opens);
    expect(read.verdicts.map((verdict: { outcome: string }) => verdict.outcome)).toEqual(
      verdicts.map(({ outcome }) => outcome),
    );
    verdicts.forEach(({ conditions }, i) =>
      conditions.forEach(({ value }, c) =>
        expect(Number(read.verdicts[i].conditions[c].value)).toBe(Object.is(value, -0) ? 0 : value),
      ),
    );
  },

  /** No script, nothing loaded from elsewhere, no text of the evidence taken for markup. */
  htmlIsInert(html: Html, verdicts: readonly Verdict[]): void {
    const page = html(verdicts, head);
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|\b(src|href)=/);
    expect(page).toContain("<h1>a &lt;b&gt; &amp; &quot;c&quot;</h1>");
    const tags = new Set([...page.matchAll(/<\/?([a-z0-9!]+)/g)].map(([, name]) => name!));
    for (const tag of tags) expect(ourTags).toContain(tag);
  },

  htmlDrawsFiniteOnly(html: Html, verdicts: readonly Verdict[]): void {
    const page = html(verdicts, head);
    for (const [, value] of page.matchAll(/ (?:x|y|x1|x2|y1|y2|cx|cy|width|height|points)="([^"]*)"/g))
      expect(value).not.toMatch(/NaN|Infinity/);
  },
};

const ourTags = [
  "!doctype",
  "html",
  "head",
  "meta",
  "title",
  "style",
  "body",
  "h1",
  "h2",
  "p",
  "code",
  "table",
  "thead",
  "tbody",
  "tr",
  "th",
  "td",
  "section",
  "details",
  "summary",
  "figure",
  "figcaption",
  "svg",
  "g",
  "line",
  "rect",
  "circle",
  "polyline",
  "text",
  "div",
  "span",
];
