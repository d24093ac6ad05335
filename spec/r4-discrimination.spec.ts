import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readEvidence } from "../src/uat/evidence/readEvidence.ts";
import { artifactsUnderTest, judged } from "./support/judgedArtifacts.ts";

/**
 * Claim: among hacked rows, the gradient points further along v_hack where the body is wrong than where it is right.
 * Falsified by: Welch t <= 2 or p >= 0.05; the same t from 5% of 200 random directions; nothing left at equal length; a
 *   v_hack that is not its pairs' hack minus clean.
 * From: the stored per-sample gradients of vanilla_seedS and OUT/vhack/v_hack_full.safetensors, recomputed in float64.
 */
describe("R4: v_hack tells hacks from correct code", () => {
  // ELSE v_hack is the direction toward any completion, and projecting it out removes learning, not hacking
  it("on these artifacts: Welch t > 2, p < 0.05, p_rand < 0.05", async () => {
    const { outcome, message } = judged("R4", await artifactsUnderTest());
    expect(outcome, message).toBe("PASS");
  });

  // ELSE a chain that never ran would pass the gate
  it("refuses without evidence, naming the command that makes it", async () => {
    const empty = await mkdtemp(join(tmpdir(), "vhack-empty-"));
    const { outcome, measured, message } = judged("R4", await readEvidence(empty, 41, null));
    expect({ outcome, measured }).toEqual({ outcome: "FAIL", measured: false });
    expect(message).toContain("make it with: vhack replay --arm vanilla");
    await rm(empty, { recursive: true });
  });
});
