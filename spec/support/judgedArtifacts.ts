import { criteria } from "../../src/uat/criteria.ts";
import type { Evidence } from "../../src/uat/evidence/evidence.ts";
import { judge } from "../../src/uat/judge.ts";
import { readEvidence } from "../../src/uat/evidence/readEvidence.ts";
import type { Verdict } from "../../src/uat/common/verdict.ts";
import { honestRun, runSeed } from "./honestRun.ts";

/**
 * The artifacts that the R suites are held against: the folder VHACK_OUT (replays of seed VHACK_SEED, 41 if not given), or a
 * run of the chain on the embedded miniature.
 */
export async function artifactsUnderTest(): Promise<Evidence> {
  const given = process.env["VHACK_OUT"];
  const seed = Number(process.env["VHACK_SEED"] ?? runSeed);
  return readEvidence(given ?? (await honestRun()), seed, null);
}

/** What the gate says at one requirement; printed, since a pass has a figure too. */
export function judged(id: string, evidence: Evidence): Verdict {
  const verdict = judge(
    criteria.find((criterion) => criterion.id === id)!,
    evidence,
  );
  console.error(
    `${id} ${verdict.outcome}: ${verdict.headline}   (${verdict.threshold}; read from ${verdict.path})${verdict.message === "" ? "" : `\n${verdict.message}`}`,
  );
  return verdict;
}
