import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readEvidence } from "../src/uat/evidence/readEvidence.ts";
import { artifactsUnderTest, judged } from "./support/judgedArtifacts.ts";

/**
 * Claim: each rollout has its own gradient, taken over its completion tokens and nothing else.
 * Falsified by: a missing cos_S_contrib on more than a tenth of the rows; tokens scored that are not the completion's;
 *   gradients that resemble their batch neighbours; a pool or an SVD cache that is not this run's.
 * From: OUT/probe_distill/vanilla_seedS/step_*.{jsonl.gz,manifest.json,grads.safetensors}.
 */
describe("R2: every sample has a cosine", () => {
  // ELSE cosines are of something else than the rollouts: R4 compares noise
  it("on these artifacts: finite cos_S_contrib on >= 0.90 of the vanilla rows, over the right tokens", async () => {
    const { outcome, message } = judged("R2", await artifactsUnderTest());
    expect(outcome, message).toBe("PASS");
  });

  // ELSE a chain that never ran would pass the gate
  it("refuses without evidence, naming the command that makes it", async () => {
    const empty = await mkdtemp(join(tmpdir(), "vhack-empty-"));
    const { outcome, measured, message } = judged("R2", await readEvidence(empty, 41, null));
    expect({ outcome, measured }).toEqual({ outcome: "FAIL", measured: false });
    expect(message).toContain("make it with: vhack replay --arm vanilla");
    await rm(empty, { recursive: true });
  });
});
