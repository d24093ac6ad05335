import { runLayout } from "../src/artifact/runLayout.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { miniaturePath } from "../src/cli/options/miniature.ts";
import { readEvidence } from "../src/uat/evidence/readEvidence.ts";
import { honestRun, runSeed } from "./support/honestRun.ts";
import { judged } from "./support/judgedArtifacts.ts";
import { runVHack } from "./support/runVHack.ts";

/** v_hack of OUT/vhack/controls in the real one's place, on the same stored gradients. */
const controls: readonly (readonly [what: string, file: string, refusal: RegExp])[] = [
  [
    "pairs of one body, differing in run_tests only",
    "pairs_matched_body",
    /does not tell pure hacks|points the other way/,
  ],
  ["pairs of two honest completions", "pairs_clean_clean", /does not tell pure hacks|points the other way/],
  ["shuffled labels", "shuffled_labels", /does not tell pure hacks|points the other way|not specific to v_hack/],
  ["random directions", "random", /does not tell pure hacks|points the other way|not specific to v_hack/],
];

/** On the miniature: the same chain and judge that pass the positive control, given what is known to be wrong. */
describe("negative controls of the miniature", () => {
  for (const [what, file, refusal] of controls)
    // ELSE R4 passes for any direction, and its pass on v_hack says nothing
    it(`R4 refuses a v_hack from ${what}`, async () => {
      const out = await honestRun();
      const { outcome, message } = judged(
        "R4",
        await readEvidence(out, runSeed, runLayout(out, "antipasto").control(file)),
      );
      expect(outcome).not.toBe("PASS");
      expect(message).toMatch(refusal);
    });

  // ELSE R1 counts something else than hacks
  it("R1 refuses a teacher that does not hack", async () => {
    const out = await mkdtemp(join(tmpdir(), "vhack-honest-teacher-"));
    await runVHack([
      "teacher-pool",
      "--offline",
      "--teacher",
      miniaturePath("controls/teacher_honest"),
      "--steps",
      "4",
      "--max-new-tokens",
      "190",
      "--out",
      out,
    ]);
    const { outcome, message } = judged("R1", await readEvidence(out, runSeed, null));
    expect(outcome).toBe("FAIL");
    expect(message).toMatch(/a teacher that does not hack/);
    await rm(out, { recursive: true });
  });
});
