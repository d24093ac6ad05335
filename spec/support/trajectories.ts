import { runEvidence } from "../../src/uat/evidence/runEvidence.ts";
import type { Phase2Evidence } from "../../src/uat/evidence/phase2Evidence.ts";
import { phase2Criteria } from "../../src/uat/criteria.ts";
import { judge } from "../../src/uat/judge.ts";
import type { Verdict } from "../../src/uat/common/verdict.ts";

/** Phase 2's evidence in an empty folder: every reading is missing. */
export async function emptyPhase2(): Promise<Phase2Evidence> {
  const nowhere = "out/nowhere";
  return runEvidence(nowhere, 41).phase2();
}

/** The trajectories and extractions under test, where VHACK_OUT names a folder that holds them; otherwise null, said aloud. */
export async function phase2UnderTest(
  id: string,
  holds: (evidence: Phase2Evidence) => boolean,
): Promise<Phase2Evidence | null> {
  const out = process.env["VHACK_OUT"];
  const seed = Number(process.env["VHACK_SEED"] ?? 41);
  const evidence = out === undefined ? null : await runEvidence(out, seed).phase2();
  if (evidence !== null && holds(evidence)) return evidence;
  console.error(
    `${id}: no artifacts of phase 2 in ${out ?? "VHACK_OUT (not set)"}; make them with: npm run phase2, then VHACK_OUT=out/phase2 npx vitest run spec/${id.toLowerCase()}`,
  );
  return null;
}

/** What is said at one requirement of phase 2; printed, since a pass has a figure too. */
export function judgedPhase2(id: string, evidence: Phase2Evidence): Verdict {
  const verdict = judge(
    phase2Criteria.find((criterion) => criterion.id === id)!,
    evidence,
  );
  console.error(
    `${id} ${verdict.outcome}: ${verdict.headline}   (${verdict.threshold}; read from ${verdict.path})${verdict.message === "" ? "" : `\n${verdict.message}`}`,
  );
  return verdict;
}
