import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readEvidence } from "../src/uat/evidence/readEvidence.ts";
import { artifactsUnderTest, judged } from "./support/judgedArtifacts.ts";

/**
 * Claim: the teacher writes what the probe needs, rollouts that beat a foolable grader.
 * Falsified by: under 0.30 of the pool hacked.
 * From: OUT/probe_distill/teacher_pool/step_*.jsonl.gz, field `hacked`; each row graded in a cage by `vhack teacher-pool`.
 */
describe("R1: the teacher hacks", () => {
  // ELSE there is nothing to tell hacks from: the later figures speak of honest code
  it("on these artifacts: hack fraction of the pool >= 0.30", async () => {
    const { outcome, message } = judged("R1", await artifactsUnderTest());
    expect(outcome, message).toBe("PASS");
  });

  // ELSE a chain that never ran would pass the gate
  it("refuses without evidence, naming the command that makes it", async () => {
    const empty = await mkdtemp(join(tmpdir(), "vhack-empty-"));
    const { outcome, measured, message } = judged("R1", await readEvidence(empty, 41, null));
    expect({ outcome, measured }).toEqual({ outcome: "FAIL", measured: false });
    expect(message).toContain("make it with: vhack teacher-pool");
    await rm(empty, { recursive: true });
  });
});
