import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRng } from "../../src/numeric/rng.ts";
import { criteria } from "../../src/uat/criteria.ts";
import type { Evidence } from "../../src/uat/evidence/evidence.ts";
import { judge } from "../../src/uat/judge.ts";
import type { Verdict } from "../../src/uat/common/verdict.ts";
import { healthyEvidence, leaning, unitDirection } from "../support/evidence.ts";

const direction = unitDirection(seededRng(1, "v"));
const healthy = healthyEvidence(2, direction, leaning(direction, 6));

/** The readings that each requirement cannot do without, with the command that makes them. */
const needs = [
  ["R1", "pool", "vhack teacher-pool"],
  ["R2", "vanilla", "vhack replay --arm vanilla"],
  ["R3", "projected", "vhack replay --arm projected"],
  ["R4", "vanilla", "vhack replay --arm vanilla"],
] as const;

function verdictOf(id: string, evidence: Evidence): Verdict {
  return judge(
    criteria.find((criterion) => criterion.id === id)!,
    evidence,
  );
}

describe("criteria", () => {
  // ELSE an artifact that nobody made counts as a pass
  it("fails on a missing artifact and names the command that makes it", () => {
    for (const [id, reading, command] of needs) {
      const verdict = verdictOf(id, { ...healthy, [reading]: { kind: "missing", path: "out/x", command } });
      expect(verdict).toMatchObject({ outcome: "FAIL", measured: false, path: "out/x" });
      expect(verdict.message).toContain(command);
    }
  });

  it("fails on an artifact that cannot be used and says why", () => {
    for (const [id, reading, command] of needs) {
      const verdict = verdictOf(id, {
        ...healthy,
        [reading]: { kind: "unusable", path: "out/x", why: "cut short", command },
      });
      expect(verdict).toMatchObject({ outcome: "FAIL", measured: false });
      expect(verdict.message).toContain("cut short");
    }
  });

  it("never passes with any subset of the evidence absent, if the requirement reads it", () => {
    const readings = ["pool", "vanilla", "projected", "gradients", "vHack"] as const;
    fc.assert(
      fc.property(fc.subarray([...readings], { minLength: 1 }), (absent) => {
        const gone = Object.fromEntries(
          absent.map((name) => [name, { kind: "missing", path: name, command: "vhack chain" }]),
        );
        const evidence = { ...healthy, ...gone } as Evidence;
        for (const [id, reading] of needs)
          if (absent.includes(reading)) expect(verdictOf(id, evidence).outcome).toBe("FAIL");
        if (absent.includes("gradients") || absent.includes("vHack"))
          expect(verdictOf("R4", evidence).outcome).not.toBe("PASS");
      }),
      { numRuns: 20 },
    );
  });

  it("reads a given v_hack or fails: --v-hack-path to an absent file is no pass on the recorded column", () => {
    const verdict = verdictOf("R4", {
      ...healthy,
      vHackIsGiven: true,
      vHack: { kind: "missing", path: "other", command: "vhack extract" },
    });
    expect(verdict).toMatchObject({ outcome: "FAIL", path: "other" });
  });
});
