import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readEvidence } from "../src/uat/evidence/readEvidence.ts";
import { artifactsUnderTest, judged } from "./support/judgedArtifacts.ts";

/**
 * Claim: projection takes the hack-ward part out of the gradient, in most modules, and out of the step that is taken.
 * Falsified by: cos_out >= cos_in on more than a fifth of the steps; frac_fired <= 0.5 on most; a positive cos_out after
 *   complete one-sided removal; an optimizer whose cos_update keeps more than a quarter of the vanilla arm's.
 * From: OUT/probe_distill/projected_seedS/, against vanilla_seedS/. It shows the plumbing, not the method.
 */
describe("R3: the projection removes v_hack", () => {
  // ELSE the sweep would compare two vanilla arms
  it("on these artifacts: cos_out < cos_in on >= 0.80 of the projected steps, frac_fired > 0.5 on most", async () => {
    const { outcome, message } = judged("R3", await artifactsUnderTest());
    expect(outcome, message).toBe("PASS");
  });

  // ELSE a chain that never ran would pass the gate
  it("refuses without evidence, naming the command that makes it", async () => {
    const empty = await mkdtemp(join(tmpdir(), "vhack-empty-"));
    const { outcome, measured, message } = judged("R3", await readEvidence(empty, 41, null));
    expect({ outcome, measured }).toEqual({ outcome: "FAIL", measured: false });
    expect(message).toContain("make it with: vhack replay --arm projected");
    await rm(empty, { recursive: true });
  });
});
