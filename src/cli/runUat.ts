import { join } from "node:path";
import { writeFileAtomic } from "../artifact/atomicFile.ts";
import { verdictHtml } from "../report/html.ts";
import { verdictJson } from "../report/verdictJson.ts";
import { verdictNotes, verdictTable } from "../report/verdictTable.ts";
import { conclusion } from "../uat/conclusion.ts";
import { criteria } from "../uat/criteria.ts";
import { gateOpens, judgeAll } from "../uat/judge.ts";
import { readEvidence } from "../uat/readEvidence.ts";

export interface UatOptions {
  readonly out: string;
  readonly seed: number;
  readonly vHackPath?: string;
  readonly strict: boolean;
  readonly json?: true;
}

/**
 * Judge R1 to R4 on the artifacts, print the table, and leave the page beside them.
 *
 * @returns whether the gate opens
 */
export async function runUat({ out, seed, vHackPath, strict, json }: UatOptions): Promise<boolean> {
  const evidence = await readEvidence(out, seed, vHackPath ?? null);
  const verdicts = judgeAll(criteria, evidence);
  const opens = gateOpens(verdicts, strict);
  const sentence = conclusion(verdicts);
  const page = join(out, "report.html");
  await writeFileAtomic(page, new TextEncoder().encode(verdictHtml(verdicts, { title: "vhack: the falsification gate", source: out, conclusion: sentence })));
  if (json) console.log(verdictJson(verdicts, sentence, opens));
  else console.log(`${verdictNotes(verdicts)}\n\n${verdictTable(verdicts, sentence)}\n\nfigures: ${page}`);
  return opens;
}
