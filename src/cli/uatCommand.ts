import { Command } from "commander";
import { defaultAdapter, runLayout, type AdapterName } from "../artifact/runLayout.ts";
import { writeFileAtomic } from "../artifact/atomicFile.ts";
import { verdictHtml } from "../report/html.ts";
import { textTable } from "../report/textTable.ts";
import { verdictJson } from "../report/verdictJson.ts";
import { verdictNotes, verdictTable } from "../report/verdictTable.ts";
import { conclusion, phase2Conclusion } from "../uat/conclusion.ts";
import { criteria, phase2Criteria } from "../uat/criteria.ts";
import { gateOpens, isAnswered, judgeAll } from "../uat/judge.ts";
import { hasPhase2 } from "../uat/evidence/readPhase2Evidence.ts";
import { runEvidence } from "../uat/evidence/runEvidence.ts";
import { sideBySide } from "../uat/phase2/sideBySide.ts";
import { adapterOption } from "./options/adapter.ts";
import { integer } from "./options/numbers.ts";

export interface UatOptions {
  readonly out: string;
  readonly seed: number;
  readonly vHackPath?: string;
  readonly adapter: AdapterName;
  readonly strict: boolean;
  readonly json?: true;
  readonly phase2?: true;
  readonly sideBySide?: true;
}

/** `vhack uat`: the gate's answer. */
export function uatCommand(): Command {
  return new Command("uat")
    .description("Judge R1 to R4 on the artifacts of --out. Exit code 0 only if all pass.")
    .option("--out <dir>", "artifacts folder", "out")
    .option("--seed <n>", "seed of the replays", integer, 41)
    .addOption(adapterOption("whose replays and v_hack R1 to R4 judge"))
    .option("--v-hack-path <file>", "judge this v_hack on the stored gradients instead")
    .option("--no-strict", "let a pass that is not specific to v_hack open the gate")
    .option("--phase2", "R5 to R7 must be there and answered, too (a clean no to R6 is an answer)")
    .option("--side-by-side", "T4, cosines, drift and trajectories of both adapters")
    .option("--json", "the verdicts as JSON")
    .action(async (options: UatOptions) => {
      if (!(await runUat(options))) process.exitCode = 1;
    });
}

/**
 * Judge R1 to R4 on the artifacts, and R5 to R7 where there are artifacts of phase 2. Print the table and write the page.
 *
 * Where phase 2 was asked for, R5 to R7 decide too.
 *
 * @returns whether the gate opens
 */
export async function runUat(options: UatOptions): Promise<boolean> {
  const { out, seed, vHackPath, adapter, strict, json } = options;
  const evidence = runEvidence(out, seed);
  const gate = judgeAll(criteria, await evidence.gate(adapter, vHackPath ?? null));
  // LoRA's replays belong to phase 2 only beside AntiPaSTO's
  const asksPhase2 = options.phase2 ?? (adapter === defaultAdapter && hasPhase2(await evidence.phase2()));
  const further = asksPhase2 ? judgeAll(phase2Criteria, await evidence.phase2()) : [];
  const verdicts = [...gate, ...further];
  const opens = gateOpens(gate, strict) && (!options.phase2 || isAnswered(further, strict));
  const sentence = further.length === 0 ? conclusion(gate) : `${conclusion(gate)} ${phase2Conclusion(further)}`;
  const page = runLayout(out, adapter).report;
  await writeFileAtomic(
    page,
    new TextEncoder().encode(
      verdictHtml(verdicts, { title: "vhack: the falsification gate", source: out, conclusion: sentence }),
    ),
  );
  if (json) console.log(verdictJson(verdicts, sentence, opens));
  else console.log(`${verdictNotes(verdicts)}\n\n${verdictTable(verdicts, sentence)}\n\nfigures: ${page}`);
  if (options.sideBySide) {
    const rows = sideBySide(await evidence.phase2()).map(({ figure, antipasto, lora }) => [figure, antipasto, lora]);
    console.log(textTable(["", "AntiPaSTO", "LoRA"], rows));
  }
  return opens;
}
