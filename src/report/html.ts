import type { Verdict } from "../uat/common/verdict.ts";
import { escapeHtml } from "./escapeHtml.ts";
import { figureSvg } from "./figureSvg.ts";
import { shownNumber } from "./verdictTable.ts";

/** The top of the page, above the verdicts. */
export interface HtmlHead {
  readonly title: string;
  readonly source: string; // the artifacts folder, as the user named it
  readonly conclusion: string;
}

/**
 * The gate's answer as one self-contained page: verdicts, their conditions and notes, and figures as inline SVG.
 *
 * Nothing is computed here but the drawing; nothing is loaded from elsewhere.
 */
export function verdictHtml(verdicts: readonly Verdict[], { title, source, conclusion }: HtmlHead): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p class="conclusion">${escapeHtml(conclusion)}</p>
<p>Read from <code>${escapeHtml(source)}</code>.</p>
<table>
<thead><tr><th></th><th>requirement</th><th>measured</th><th>threshold</th><th>verdict</th></tr></thead>
<tbody>${verdicts.map(verdictRow).join("")}</tbody>
</table>
${verdicts.map(verdictSection).join("\n")}
</body>
</html>
`;
}

function verdictRow({ id, claim, headline, threshold, outcome }: Verdict): string {
  const texts = [id, claim, headline, threshold].map((text) => `<td>${escapeHtml(text)}</td>`).join("");
  return `<tr>${texts}<td class="${outcome === "PASS" ? "pass" : "fail"}">${outcome}</td></tr>`;
}

function verdictSection({ id, claim, path, message, conditions, notes, figures }: Verdict): string {
  const noted = notes
    .map(({ label, text }) => `<tr><td>${escapeHtml(label)}</td><td>${escapeHtml(text)}</td></tr>`)
    .join("");
  const judged = conditions
    .map(
      ({ name, value, relation, bound, holds }) =>
        `<tr><td>${escapeHtml(name)}</td><td>${shownNumber(value)}, ${relation} ${bound}</td><td class="${holds ? "pass" : "fail"}">${holds ? "holds" : "broken"}</td></tr>`,
    )
    .join("");
  const drawn = figures
    .map((figure) => `<figure><figcaption>${escapeHtml(figure.title)}</figcaption>${figureSvg(figure)}</figure>`)
    .join("");
  return `<section>
<h2>${escapeHtml(id)}: ${escapeHtml(claim)}</h2>
<p>Evidence: <code>${escapeHtml(path)}</code></p>
${message === "" ? "" : `<p class="fail">${escapeHtml(message)}</p>`}
${drawn}
<details><summary>conditions</summary><table>${judged}</table></details>
${noted === "" ? "" : `<table>${noted}</table>`}
</section>`;
}

const style = `
:root { color-scheme: light dark; --line: #8884; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 0.8rem 0; } td, th { border-bottom: 1px solid var(--line); padding: 0.25rem 0.7rem; text-align: left; vertical-align: top; }
.pass { color: #009e73; font-weight: 600; } .fail { color: #d55e00; font-weight: 600; }
.conclusion { font-size: 1.15rem; border-left: 4px solid #0072b2; padding-left: 0.8rem; }
figure { margin: 1rem 0; } figcaption { font-weight: 600; } svg { width: 100%; max-width: 640px; font-size: 11px; }
svg text { fill: currentColor; } svg .grid { stroke: var(--line); } .legend { font-size: 0.85rem; }
`;
