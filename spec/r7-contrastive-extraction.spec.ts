import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readEvidence } from "../src/uat/evidence/readEvidence.ts";
import { runEvidence } from "../src/uat/evidence/runEvidence.ts";
import { honestRun, runSeed, svdCache } from "./support/honestRun.ts";
import { runVHack } from "./support/runVHack.ts";
import { emptyPhase2, judgedPhase2, phase2UnderTest } from "./support/trajectories.ts";

/**
 * Claim: v_hack from the GRPO-contrastive loss tells hacks from correct code at least as well as the NLL one.
 * Falsified by: a smaller t on the same stored gradients; tensors that are the NLL ones under another name.
 */
describe("R7: GRPO-contrastive v_hack is as good", () => {
  it("on VHACK_OUT's extraction, where there is one: t >= that of the NLL v_hack", async () => {
    const evidence = await phase2UnderTest("R7", ({ vHackGrpo }) => vHackGrpo.kind === "found");
    if (evidence === null) return;
    const { outcome, message } = judgedPhase2("R7", evidence);
    expect(outcome, message).toBe("PASS");
  });

  // ELSE the contrastive extraction is the NLL one under another name, and its verdict says nothing new
  it("on the miniature: another tensor than the NLL one's; and the NLL one under its name is caught", async () => {
    const out = await mkdtemp(join(tmpdir(), "vhack-grpo-loss-"));
    await runVHack([
      "extract",
      "--loss",
      "grpo",
      "--max-new-tokens",
      "190",
      "--offline",
      "--cache",
      svdCache,
      "--out",
      out,
    ]);
    const antipasto = await readEvidence(await honestRun(), runSeed, null);
    const made = { ...(await runEvidence(out, runSeed).phase2()), antipasto };
    const holds = (id: string) => judgedPhase2("R7", made).conditions.find(({ name }) => name === id)!.holds;
    expect(holds("share of modules whose directions differ")).toBe(true);
    expect(holds("files that say another loss")).toBe(true);
    expect(holds("v_hacks of other pairs or models")).toBe(true);
    expect(holds("cosine of v_hack with its pairs' mean difference")).toBe(true);
    const ofAnotherLoss = { ...made, pairMeansGrpo: antipasto.pairMeans };
    expect(judgedPhase2("R7", ofAnotherLoss)).toMatchObject({
      outcome: "FAIL",
      message: expect.stringContaining("is not its pairs' hack minus clean"),
    });

    if (antipasto.vHack.kind !== "found") throw new Error("the run has no v_hack");
    const { vHack, sha256 } = antipasto.vHack.value;
    const secretly = {
      ...antipasto.vHack,
      value: { sha256, vHack: { ...vHack, metadata: { ...vHack.metadata, loss: "grpo" } } },
    };
    expect(judgedPhase2("R7", { ...made, vHackGrpo: secretly })).toMatchObject({
      outcome: "FAIL",
      message: expect.stringContaining("secretly used the NLL loss"),
    });
    await rm(out, { recursive: true });
  });

  it("refuses without evidence, naming the command that makes it", async () => {
    expect(judgedPhase2("R7", await emptyPhase2())).toMatchObject({
      outcome: "FAIL",
      measured: false,
      message: expect.stringContaining("make it with: vhack"),
    });
  });
});
