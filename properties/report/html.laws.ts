import { expect } from "vitest";
import { verdictHtml } from "../../src/report/html.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { twoVerdicts, verdicts } from "./verdicts.ts";

const head = { title: 'a <b> & "c"', source: "out", conclusion: "it <does> not" };
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

lawsOf("verdictHtml", verdictHtml, (law) => {
  /** No script, nothing loaded from elsewhere, no text of the evidence taken for markup. */
  law("is inert and self-contained: only our tags, nothing loaded", {
    else: "model-written text in a path or message runs in the reader's browser",
    for: [verdicts],
    holds: (html, verdicts) => {
      const page = html(verdicts, head);
      expect(page).not.toMatch(/<script|<link|<img|@import|url\(|\b(src|href)=/);
      expect(page).toContain("<h1>a &lt;b&gt; &amp; &quot;c&quot;</h1>");
      const tags = new Set([...page.matchAll(/<\/?([a-z0-9!]+)/g)].map(([, name]) => name!));
      for (const tag of tags) expect(ourTags).toContain(tag);
    },
    rejects: {
      "unescaped text": [(list, head) => verdictHtml(list, head).replaceAll("&lt;", "<"), twoVerdicts],
      "a page that loads a style sheet": [
        (list, head) => verdictHtml(list, head).replace("<style>", '<link href="x">'),
        twoVerdicts,
      ],
    },
  });

  law("draws finite coordinates only", {
    for: [verdicts],
    holds: (html, verdicts) => {
      const page = html(verdicts, head);
      for (const [, value] of page.matchAll(/ (?:x|y|x1|x2|y1|y2|cx|cy|width|height|points)="([^"]*)"/g))
        expect(value).not.toMatch(/NaN|Infinity/);
    },
    rejects: {
      "coordinates that are not numbers": [
        (list, head) => verdictHtml(list, head).replaceAll(/cx="[^"]*"/g, 'cx="NaN"'),
        twoVerdicts,
      ],
    },
  });
});
