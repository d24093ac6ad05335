import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeStep } from "../../../src/artifact/manifest.ts";
import { stepPaths } from "../../../src/artifact/runLayout.ts";
import { writeSafetensors } from "../../../src/artifact/safetensors.ts";
import { sha256OfFile } from "../../../src/artifact/sha256.ts";
import { seededRng } from "../../../src/numeric/rng.ts";
import { criteria } from "../../../src/uat/criteria.ts";
import type { Evidence } from "../../../src/uat/evidence/evidence.ts";
import { judgeAll } from "../../../src/uat/judge.ts";
import { readEvidence, readStage } from "../../../src/uat/evidence/readEvidence.ts";
import { writeVHack } from "../../../src/vhack/vHackFile.ts";
import { withTemporaryFile } from "../../support/temporaryFile.ts";
import { healthyEvidence, leaning, manifest, rolloutRow, unitDirection, world } from "../../support/evidence.ts";

const direction = Float64Array.from(Float32Array.from(unitDirection(seededRng(1, "v"))));
const healthy = healthyEvidence(5, direction, leaning(direction, 6));
const stages = [
  ["pool", "teacher_pool"],
  ["vanilla", "vanilla_seed5"],
  ["projected", "projected_seed5"],
] as const;
let out: string;

/** Write the healthy run as the stages would. */
async function writeRun(evidence: Evidence): Promise<void> {
  if (evidence.vHack.kind !== "found" || evidence.gradients.kind !== "found") throw new Error("expected a healthy run");
  const vHackPath = join(out, "vhack", "v_hack_full.safetensors");
  await writeVHack(vHackPath, evidence.vHack.value.vHack);
  const vHackHash = await sha256OfFile(vHackPath);
  for (const [stage, folder] of stages) {
    const reading = evidence[stage];
    if (reading.kind !== "found") throw new Error("expected a healthy run");
    for (const { step, rows, manifest } of reading.value) {
      const path = join(out, "probe_distill", folder);
      await writeStep(path, step, {
        rows,
        padTokenId: 0,
        manifest: { ...manifest!, vHackHash: stage === "pool" ? null : vHackHash },
      });
      if (stage === "vanilla")
        await writeGradients(
          stepPaths(path, step).extra("grads.safetensors"),
          evidence.gradients.value.bySteps.get(step)!,
        );
    }
  }
}

async function writeGradients(path: string, rows: readonly Float32Array[]): Promise<void> {
  const [B, M, P] = [rows.length, world.widths.length, Math.max(...world.widths)];
  const table = new Float32Array(B * M * P);
  rows.forEach((row, b) => {
    let offset = 0;
    world.widths.forEach((width, m) => {
      table.set(row.subarray(offset, offset + width), (b * M + m) * P);
      offset += width;
    });
  });
  const tensors = new Map([
    ["grads", { shape: [B, M, P], data: table }],
    ["widths", { shape: [M], data: Int32Array.from(world.widths) }],
  ] as const);
  await writeSafetensors(path, tensors, { modules: JSON.stringify(world.moduleNames) });
}

const outcomes = async (vHackPath: string | null = null) =>
  judgeAll(criteria, await readEvidence(out, 5, vHackPath)).map(
    ({ id, outcome, message }) => `${id} ${outcome}: ${message}`,
  );

describe("readEvidence", () => {
  beforeEach(async () => {
    out = await mkdtemp(join(tmpdir(), "vhack-evidence-"));
    await writeRun(healthy);
  });
  afterEach(() => rm(out, { recursive: true }));

  it("round-trips: what the stages wrote is what is judged", async () => {
    expect(await outcomes()).toEqual(["R1 PASS: ", "R2 PASS: ", "R3 PASS: ", "R4 PASS: "]);
    const read = await readEvidence(out, 5, null);
    if (read.gradients.kind !== "found" || healthy.gradients.kind !== "found") throw new Error("expected gradients");
    expect(read.gradients.value).toEqual(healthy.gradients.value);
    expect([read.vHackIsGiven, (await readEvidence(out, 5, "other")).vHackIsGiven]).toEqual([false, true]);
  });

  // ELSE a broken file stops the report, and the researcher learns nothing of the other requirements
  it("reports a rows file cut short at the requirement that reads it", async () => {
    await truncate(stepPaths(join(out, "probe_distill", "teacher_pool"), 3).rows, 60);
    const [r1, , r3] = await outcomes();
    expect(r1).toMatch(
      /^R1 FAIL: evidence cannot be used: .*step_003.*cut short or changed.*vhack teacher-pool --seed 5/,
    );
    expect(r3).toMatch(/^R3 PASS/);
  });

  it("reports gradients that are missing for one step, of other rows, or not finite", async () => {
    const path = stepPaths(join(out, "probe_distill", "vanilla_seed5"), 3).extra("grads.safetensors");
    const rows = Array.from({ length: 6 }, () => new Float32Array(60).fill(1));
    await writeGradients(path, rows.slice(1));
    expect((await outcomes())[3]).toMatch(
      /^R4 FAIL: .*expected grads \[6, 3, >= 24\] for the rows beside it, got \[5, 3, 24\]/,
    );
    rows[2]!.fill(Number.NaN);
    await writeGradients(path, rows);
    expect((await outcomes())[3]).toMatch(/^R4 FAIL: .*got NaN/);
    await rm(path);
    expect((await outcomes())[3]).toMatch(/^R4 FAIL: .*step_003.grads.safetensors/);
    await writeFile(path, "not safetensors at all");
    expect((await outcomes())[3]).toMatch(/^R4 FAIL: evidence cannot be used/);
  });

  it("names the commands when nothing is there", async () => {
    await rm(join(out, "probe_distill"), { recursive: true });
    expect((await outcomes()).map((line) => /vhack .*?(?= --seed)/.exec(line)?.[0])).toEqual([
      "vhack teacher-pool",
      "vhack replay --arm vanilla",
      "vhack replay --arm projected",
      "vhack replay --arm vanilla",
    ]);
  });

  it("judges another v_hack on the same gradients when its path is given", async () => {
    const path = join(out, "other.safetensors");
    if (healthy.vHack.kind !== "found") throw new Error("expected a v_hack");
    const { metadata, modules } = healthy.vHack.value.vHack;
    const turned = new Map([...modules].map(([name, one]) => [name, { ...one, v: one.v.map((value) => -value) }]));
    await writeVHack(path, { metadata, modules: turned });
    expect((await outcomes(path))[3]).toMatch(/^R4 FAIL: v_hack points the other way here/);
    expect((await outcomes(join(out, "absent.safetensors")))[3]).toMatch(
      /^R4 FAIL: no evidence: .*absent.safetensors is absent/,
    );
  });
});

describe("readStage", () => {
  // ELSE shares of no rows are NaN, or end the whole report in an error
  it("refuses a step without rows: unusable, with the file's path and the command; else every step with its path", () =>
    withTemporaryFile("stage", async (folder) => {
      for (const path of [folder, dirname(folder)])
        expect(await readStage(path, "make it")).toEqual({ kind: "missing", path, command: "make it" });
      for (const step of [10, 2])
        await writeStep(folder, step, {
          rows: [rolloutRow({ step })],
          padTokenId: 0,
          manifest: manifest("replay", {}),
        });
      const read = await readStage(folder, "make it");
      if (read.kind !== "found") throw new Error("expected two steps");
      expect(read.value.map(({ step, path, rows }) => [step, path, rows])).toEqual(
        [2, 10].map((step) => [step, stepPaths(folder, step).rows, [rolloutRow({ step })]]),
      );
      await writeStep(folder, 3, { rows: [], padTokenId: 0, manifest: manifest("replay", {}) });
      const why = `${stepPaths(folder, 3).rows}: expected rollouts, got an empty file`;
      expect(await readStage(folder, "make it")).toEqual({ kind: "unusable", path: folder, why, command: "make it" });
    }));
});
