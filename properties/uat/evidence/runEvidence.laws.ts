import { join } from "node:path";
import { expect } from "vitest";
import { writeStep } from "../../../src/artifact/manifest.ts";
import { runLayout } from "../../../src/artifact/runLayout.ts";
import { readEvidence } from "../../../src/uat/evidence/readEvidence.ts";
import { runEvidence } from "../../../src/uat/evidence/runEvidence.ts";
import { manifest, rolloutRow } from "../../support/evidence.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { withTemporaryFile } from "../../support/temporaryFile.ts";

const write = (folder: string, arm: string) =>
  writeStep(folder, 0, { rows: [rolloutRow({ arm })], padTokenId: 0, manifest: manifest("replay", {}) });

/** Every reading is made anew, whoever asks. */
const forgetful: typeof runEvidence = (out, seed) => ({
  gate: (adapter, path) => readEvidence(out, seed, path, adapter),
  phase2: () => runEvidence(out, seed).phase2(),
});

lawsOf("runEvidence", runEvidence, (law) => {
  law("reads every artifact once: gate, a given v_hack and phase 2 share pool, replays and gradients", {
    else: "two requirements of one report are judged on two states of a folder that is still being written",
    for: [],
    holds: (runEvidence) =>
      withTemporaryFile("out", async (out) => {
        const layout = runLayout(out, "antipasto");
        await write(layout.pool, "teacher");
        await write(layout.replay("vanilla", 5), "vanilla");
        const run = runEvidence(out, 5);
        const gate = await run.gate("antipasto", null);
        const given = await run.gate("antipasto", join(out, "other.safetensors"));
        const phase2 = await run.phase2();
        expect(gate.vanilla.kind).toBe("found");
        expect(phase2.antipasto === gate).toBe(true);
        expect((await run.gate("lora", null)) === phase2.lora).toBe(true);
        expect([given.pool, phase2.lora.pool].every((pool) => pool === gate.pool)).toBe(true);
        expect([given.vanilla === gate.vanilla, given.gradients === gate.gradients]).toEqual([true, true]);
        expect([gate.vHackIsGiven, given.vHackIsGiven, given.vHack.path]).toEqual([
          false,
          true,
          join(out, "other.safetensors"),
        ]);
      }),
    rejects: { "a reader that forgets": [forgetful] },
  });

  law("reads what readEvidence reads: each adapter's own replays", {
    else: "LoRA is judged on AntiPaSTO's rows",
    for: [],
    holds: (runEvidence) =>
      withTemporaryFile("out", async (out) => {
        for (const adapter of ["antipasto", "lora"] as const)
          await write(runLayout(out, adapter).replay("vanilla", 5), adapter);
        for (const adapter of ["antipasto", "lora"] as const)
          for (const path of [null, join(out, "other.safetensors")])
            expect(await runEvidence(out, 5).gate(adapter, path)).toEqual(await readEvidence(out, 5, path, adapter));
      }),
    rejects: {
      "one adapter for both": [
        (out, seed) => ({
          ...runEvidence(out, seed),
          gate: (_, path) => runEvidence(out, seed).gate("antipasto", path),
        }),
      ],
    },
  });
});
