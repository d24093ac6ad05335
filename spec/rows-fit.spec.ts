import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readManifest, readStep } from "../src/artifact/manifest.ts";
import { jsonlGzBytes } from "../src/artifact/jsonlGz.ts";
import { openSafetensors } from "../src/artifact/safetensors.ts";
import { vhackCommand } from "./support/vhackCommand.ts";

const miniature = fileURLToPath(new URL("../fixtures/miniature/", import.meta.url));
let folder: string;
let student: string;
let out: string;
const at = (name: string) => join(folder, name);

/** A run of the miniature whose pool is one problem; and the miniature again as a model of 200 positions. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vhack-fit-"));
  [student, out] = [at("student"), at("out")];
  cpSync(join(miniature, "student"), student, { recursive: true });
  const config = JSON.parse(readFileSync(join(student, "config.json"), "utf8")) as object;
  writeFileSync(join(student, "config.json"), JSON.stringify({ ...config, max_position_embeddings: 200 }));
  const args = ["--steps", "1", "--group", "2", "--max-new-tokens", "48", "--out", out, "--beyond-positions"];
  for (const command of [
    ["teacher-pool", "--model", student, ...args],
    ["extract", "--model", student, "--out", out, "--beyond-positions"],
  ]) {
    const { status, said } = vhack(...command);
    if (status !== 0) throw new Error(`${command[0]}: expected exit code 0, got ${status}: ${said}`);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

function vhack(...args: string[]): { status: number | null; said: string; stdout: string } {
  const cache = ["teacher-pool", "extract", "replay", "grpo"].includes(args[0]!) ? ["--cache", at("cache")] : [];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...vhackCommand, ...args, "--no-blas", ...cache], {
    encoding: "utf8",
  });
  return { status, said: stderr, stdout };
}

function rowsFile(name: string, rows: readonly object[]): string {
  writeFileSync(at(name), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return at(name);
}

const ids = (count: number) => Array.from({ length: count }, (_, i) => i % 600);
const beyond = /E_CONFIG: .*expected at most 200 tokens \(max_position_embeddings.*--beyond-positions/;

describe("rows longer than the model's positions", () => {
  const rows = () => rowsFile("long.jsonl", [{ prompt_ids: ids(150), completion_ids: ids(51) }]);
  const pairs = () => rowsFile("pairs.jsonl", [{ prompt_ids: ids(199), hack_ids: [1, 2], clean_ids: [3] }]);
  const cases: readonly (readonly [string, () => string[]])[] = [
    ["teacher-pool", () => ["--steps", "1", "--max-new-tokens", "60", "--out", at("refused")]],
    ["extract", () => ["--pairs", pairs(), "--out", at("refused")]],
    ["replay", () => ["--arm", "vanilla", "--out", out]],
    ["grpo", () => ["--arm", "vanilla", "--teacher-only", "--max-new-tokens", "60", "--out", at("refused")]],
    ["generate", () => ["--rows", rows(), "--max-new-tokens", "51"]],
    ["score", () => ["--rows", rows()]],
  ];

  // ELSE a model answers and is scored at positions that it was never trained on, and nobody notices
  it.each(cases)("%s refuses them before it generates or scores -> exit code 2", (command, args) => {
    const { status, said, stdout } = vhack(command, "--model", student, ...args());
    expect(said).toMatch(beyond);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });

  it("are allowed by --beyond-positions, and the manifest and the v_hack say so", async () => {
    expect((await readManifest(join(out, "probe_distill/teacher_pool/step_000.manifest.json"))).config).toMatchObject({
      beyondPositions: true,
    });
    const file = await openSafetensors(join(out, "vhack/v_hack_full.safetensors"));
    expect(file.metadata).toMatchObject({ beyond_positions: "true" });
    await file.close();
    const { status, stdout } = vhack("score", "--model", student, "--rows", rows(), "--beyond-positions");
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as { logps: number[] }).logps).toHaveLength(51);
  });
});

describe("padding in a pool that other software made", () => {
  async function replayOf(change: (row: Record<string, unknown>) => object): Promise<ReturnType<typeof vhack>> {
    const [given, copied] = [
      join(out, "probe_distill/teacher_pool"),
      join(at("foreign"), "probe_distill/teacher_pool"),
    ];
    rmSync(at("foreign"), { recursive: true, force: true });
    mkdirSync(copied, { recursive: true });
    cpSync(join(out, "vhack"), join(at("foreign"), "vhack"), { recursive: true });
    const { rows } = await readStep(given, 0);
    const onDisk = rows.map((row) => ({
      step: 0,
      sample_id: row.sampleId,
      problem_id: row.problemId,
      problem_messages: row.problemMessages,
      prompt: row.prompt,
      plen: row.plen,
      prompt_ids: row.promptIds,
      completion_ids: row.completionIds,
      completion: row.completion,
      comp_len: row.compLen,
      reward: row.reward,
      hacked: row.hacked,
      gt_pass: row.gtPass,
      fmt_ok: row.fmtOk,
      arm: "teacher",
      src_pool: "teacher",
      src_problem_id: row.problemId,
    }));
    writeFileSync(join(copied, "step_000.jsonl.gz"), jsonlGzBytes(onDisk.map(change)));
    return vhack("replay", "--arm", "vanilla", "--model", join(miniature, "student"), "--out", at("foreign"));
  }
  const logpsOf = async () =>
    (await readStep(join(at("foreign"), "probe_distill/vanilla_seed41"), 0)).rows.map(({ logpMean }) => logpMean);
  const left = (row: Record<string, unknown>) => [635, 635, ...(row["prompt_ids"] as number[])];

  it("is refused where nothing speaks of it -> exit code 2; with a mask the figures are those of the row without it", async () => {
    expect((await replayOf((row) => row)).status).toBe(0);
    const plain = await logpsOf();
    for (const change of [
      (row: Record<string, unknown>) => ({ ...row, prompt_ids: left(row), plen: Number(row["plen"]) + 2 }),
      (row: Record<string, unknown>) => ({
        ...row,
        completion_ids: [...(row["completion_ids"] as number[]), 635, 635],
        comp_len: Number(row["comp_len"]) + 2,
      }),
    ])
      expect(await replayOf(change)).toMatchObject({
        status: 2,
        said: expect.stringMatching(/E_ARTIFACT: .*step_000\.jsonl\.gz sample 0: .*padding would be scored/),
      });
    expect(await replayOf((row) => ({ ...row, prompt_ids: left(row) }))).toMatchObject({
      status: 2,
      said: expect.stringMatching(/expected plen = number of prompt_ids/),
    });
    const masked = (row: Record<string, unknown>) => ({
      ...row,
      prompt_ids: left(row),
      attention_mask: left(row).map((_, i) => (i < 2 ? 0 : 1)),
    });
    expect((await replayOf(masked)).status).toBe(0);
    expect(await logpsOf()).toEqual(plain);
    expect(readdirSync(at("foreign")).toSorted()).toEqual(["probe_distill", "vhack"]);
  });
});
