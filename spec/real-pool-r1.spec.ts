import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readRolloutRows } from "../src/artifact/rolloutRow.ts";
import { criteria } from "../src/uat/criteria.ts";
import type { Evidence, StepEvidence } from "../src/uat/evidence/evidence.ts";
import { judge } from "../src/uat/judge.ts";

const folder = fileURLToPath(new URL("../../shared/real/teacher_pool/", import.meta.url));
const files = existsSync(folder)
  ? readdirSync(folder)
      .filter((name) => name.endsWith(".jsonl.gz"))
      .toSorted()
  : [];
if (files.length === 0) console.error("../shared absent: real/teacher_pool not run");

/** The published pool's prompts as steps: research code's files, without manifests. */
async function realPool(): Promise<StepEvidence[]> {
  return Promise.all(
    files.map(async (name, step) => ({ step, path: name, rows: await readRolloutRows(folder + name), manifest: null })),
  );
}

const absent = { kind: "missing", path: "", command: "" } as const;

describe("R1 on the published teacher pool", () => {
  it(files.length === 0 ? "../shared absent: not run" : "passes with the figures its README states", async () => {
    if (files.length === 0) return;
    const pool = { kind: "found", path: "real/teacher_pool", value: await realPool() } as const;
    const evidence: Evidence = {
      seed: 41,
      pool,
      vanilla: absent,
      projected: absent,
      gradients: absent,
      vHack: absent,
      pairMeans: absent,
      vHackIsGiven: false,
      controls: new Map(),
    };
    const verdict = judge(criteria[0]!, evidence);
    expect(verdict).toMatchObject({ outcome: "PASS", message: "", headline: "0.989 (926 of 936)" });
    const noted = Object.fromEntries(verdict.notes.map(({ label, values }) => [label, values]));
    expect(noted["given hacked"]).toEqual({ gtPass: 290 / 926, gtCorrect: null });
    expect(noted["groups of equal rewards"]).toEqual({ equal: 110, groups: 117 });
    expect(noted["cut at the token limit"]).toEqual({ truncated: 0 });
  });
});
