import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokenModels } from "./support/brokenModels.ts";
import { vhackCommand } from "./support/vhackCommand.ts";

const miniature = fileURLToPath(new URL("../fixtures/miniature", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "vhack-cli-"));
const at = (name: string): string => join(folder, name);
const small = ["--steps", "2", "--group", "2", "--max-new-tokens", "60", "--batch", "2", "--cache", at("cache")];
const broken = brokenModels(folder);

function run(...args: string[]): Promise<{ code: unknown; said: string }> {
  const env = { ...process.env, HF_HUB_OFFLINE: "1" };
  return new Promise((resolve) =>
    execFile(process.execPath, [...vhackCommand, ...args], { env, timeout: 120_000 }, (failure, stdout, stderr) =>
      resolve({ code: failure?.code ?? 0, said: stdout + stderr }),
    ),
  );
}

/** A refusal: its exit code, and a message that holds all of this. */
async function expectRefusal(code: number, parts: readonly string[], ...args: string[]): Promise<void> {
  const answer = await run(...args);
  for (const part of parts) expect(answer.said).toContain(part);
  expect(answer.said).not.toContain("    at "); // a stack trace is for failures that nobody foresaw
  expect(answer.code).toBe(code);
}

function written(name: string, lines: readonly string[]): string {
  writeFileSync(at(name), `${lines.join("\n")}\n`);
  return at(name);
}

const problemLines = readFileSync(join(miniature, "problems.jsonl"), "utf8").split("\n").slice(0, 2);
const phrase = "and should pass all tests";

beforeAll(async () => {
  const { code, said } = await run("chain", ...small, "--out", at("whole"));
  if (code !== 0 && code !== 1)
    throw new Error(`the chain that the others compare with did not end in a verdict: ${said}`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("vhack: usage", () => {
  it("refuses unknown commands, unknown flags and impossible values -> exit code 2", async () => {
    await Promise.all([
      expectRefusal(2, ["unknown command 'nonsense'"], "nonsense"),
      expectRefusal(2, ["unknown option '--stepz'", "--steps"], "chain", "--stepz", "3"),
      expectRefusal(2, ["expected a whole number of at least 1, got 0"], "chain", "--steps", "0"),
    ]);
  });

  it("refuses what does not go together -> exit code 2", async () => {
    await Promise.all([
      expectRefusal(
        2,
        ["--steps 100000", "at most the 240 problems"],
        "teacher-pool",
        "--steps",
        "100000",
        "--out",
        at("many"),
      ),
      expectRefusal(2, ["either --completions or --pool, got neither"], "grade"),
      expectRefusal(2, ["--tensorflow-folder DIR"], "score", "--backend", "tensorflow", "--rows", "rows.jsonl"),
    ]);
  });
});

describe("vhack: models", () => {
  let models = 0; // one run per folder
  const extract = (model: string): string[] => [
    "extract",
    "--model",
    model,
    "--out",
    at(`models-${models++}`),
    "--cache",
    at("cache"),
  ];

  it("names what is wrong with a model -> exit code 2", async () => {
    await Promise.all([
      expectRefusal(2, ["expected a model directory or a hub id"], ...extract("/no/such/model")),
      expectRefusal(2, ["cut short", "got 496320"], ...extract(broken.cutShort)),
      expectRefusal(2, ["model.layers.3.", "config and weights are not of one model"], ...extract(broken.oneLayerMore)),
      expectRefusal(2, ["use_sliding_window", "not implemented"], ...extract(broken.slidingWindow)),
      expectRefusal(2, ["tokenizer.json"], ...extract(broken.withoutTokenizer)),
    ]);
  });

  it("cannot measure with NaN weights -> exit code 3", async () => {
    const rows = written("ids.jsonl", ['{"prompt_ids": [1, 2, 3], "completion_ids": [4, 5]}']);
    await Promise.all([
      expectRefusal(3, ["E_NON_FINITE", "weights hold NaN"], "score", "--model", broken.holdsNaN, "--rows", rows),
      expectRefusal(3, ["E_NON_FINITE", "model.layers.1.mlp.up_proj"], ...extract(broken.holdsNaN)),
    ]);
  });

  it("refuses a pool and a v_hack of another model -> exit code 2", async () => {
    const replay = ["replay", "--arm", "vanilla", "--model", broken.another, "--cache", at("cache")];
    await expectRefusal(2, ["another model"], ...replay, "--out", at("whole"));
  });
});

describe("vhack: files", () => {
  it("names file and line of problems that cannot be used -> exit code 2", async () => {
    let runs = 0; // one run per folder
    const pool = (problems: string): string[] => [
      "teacher-pool",
      ...small.slice(2),
      "--steps",
      "1",
      "--problems",
      problems,
      "--out",
      at(`files-${runs++}`),
    ];
    await Promise.all([
      expectRefusal(2, ["missing.jsonl"], ...pool(at("missing.jsonl"))),
      expectRefusal(
        2,
        [`"${phrase}" once`, "got it 0 times"],
        ...pool(
          written(
            "none.jsonl",
            problemLines.map((line) => line.replaceAll(phrase, "")),
          ),
        ),
      ),
      expectRefusal(
        2,
        ["got it 2 times"],
        ...pool(
          written(
            "twice.jsonl",
            problemLines.map((line) => line.replaceAll(phrase, `${phrase} ${phrase}`)),
          ),
        ),
      ),
      expectRefusal(
        2,
        ["bad.jsonl line 2", "func_name"],
        ...pool(written("bad.jsonl", [problemLines[0]!, '{"id": 5}'])),
      ),
    ]);
  });

  it("names the line of rows that cannot be scored -> exit code 2", async () => {
    await Promise.all([
      expectRefusal(
        2,
        ["foreign.jsonl line 1", "vocab_size 640, got 99999"],
        "score",
        "--rows",
        written("foreign.jsonl", ['{"prompt_ids": [99999], "completion_ids": [4]}']),
      ),
      expectRefusal(2, ["cut.jsonl line 1", "JSON"], "score", "--rows", written("cut.jsonl", ['{"prompt_ids": [1, 2'])),
    ]);
  });

  // a file handle that is left open is exit code 7: support/watchHandles.js
  it("scores and completes rows, and leaves no file open -> exit code 0", async () => {
    const rows = written("few.jsonl", ['{"prompt_ids": [5, 6], "completion_ids": [7, 8]}']);
    const answers = await Promise.all([
      run("score", "--rows", rows, "--gradients", at("gradients.safetensors"), "--cache", at("cache")),
      run("generate", "--rows", rows, "--max-new-tokens", "2"),
    ]);
    expect(answers.map(({ code }) => code)).toEqual([0, 0]);
    expect(answers[0]!.said).toContain('"nll"');
    expect(answers[1]!.said).toContain('"completion_ids"');
  });

  it("ends before the work where results could not be kept -> exit code 2", async () => {
    await Promise.all([
      expectRefusal(
        2,
        ["expected a folder to write to"],
        "teacher-pool",
        ...small,
        "--out",
        join(written("file", ["not a folder"]), "out"),
      ),
      expectRefusal(2, ["expected a folder to write to"], "replay", "--arm", "vanilla", "--out", "/proc/vhack"),
    ]);
  });

  it("refuses a stage without its input, and says which command makes it -> exit code 2", async () => {
    await expectRefusal(2, ["make one with: vhack extract"], "replay", "--arm", "vanilla", "--out", at("nothing"));
  });

  it("refuses to mix runs, and says in what they differ -> exit code 2", async () => {
    await expectRefusal(
      2,
      ["(group 3), got group 2", "--overwrite"],
      "teacher-pool",
      ...small,
      "--group",
      "3",
      "--out",
      at("whole"),
    );
  });

  it("fails every requirement without evidence, naming the commands -> exit code 1", async () => {
    await expectRefusal(1, ["not measured", "vhack teacher-pool", "vhack replay"], "uat", "--out", at("nothing"));
  });
});

describe("vhack: adapters", () => {
  // ELSE another adapter's chain is judged on AntiPaSTO's folders, and can never pass
  it("chain --adapter lora judges the folders that it made: LoRA's", async () => {
    const { said } = await run("chain", ...small, "--adapter", "lora", "--lora-rank", "4", "--out", at("lora"));
    expect(said).not.toContain("no evidence");
    for (const folder of ["teacher_pool", "vanilla_lora_seed41", "projected_lora_seed41"])
      expect(said).toContain(`read from ${join(at("lora"), "probe_distill", folder)}`);
  });
});

describe("vhack: interrupted runs", () => {
  // ELSE a resumed run is another run, and its figures are nobody's
  it("goes on after Ctrl-C and SIGKILL to the same bytes", async () => {
    expect(await chainUntil(2, "SIGINT")).toEqual({ code: 130, signal: null });
    expect(await chainUntil(4, "SIGKILL")).toEqual({ code: null, signal: "SIGKILL" });
    await run("chain", ...small, "--out", at("killed"));
    expect(hashes("killed")).toEqual(hashes("whole"));
  });

  it("refuses a finished step that was cut short, and says how to go on -> exit code 2", async () => {
    truncateSync(join(at("killed"), "probe_distill", "vanilla_seed41", "step_001.jsonl.gz"), 100);
    await expectRefusal(
      2,
      ["step_001.jsonl.gz", "cut short or changed", "run the stage again"],
      "replay",
      "--arm",
      "vanilla",
      "--out",
      at("killed"),
      "--cache",
      at("cache"),
    );
    truncateSync(join(at("killed"), "vhack", "v_hack_full.safetensors"), 3000);
    await expectRefusal(
      2,
      ["v_hack_full.safetensors", "cut short"],
      "replay",
      "--arm",
      "projected",
      "--out",
      at("killed"),
      "--cache",
      at("cache"),
    );
  });
});

// Helpers

/** Start the chain and end it when it has that many finished steps. */
function chainUntil(
  steps: number,
  signal: "SIGINT" | "SIGKILL",
): Promise<{ code: number | null; signal: string | null }> {
  const child = spawn(process.execPath, [...vhackCommand, "chain", ...small, "--out", at("killed")], {
    stdio: "ignore",
  });
  const watch = setInterval(() => {
    if (finishedSteps() < steps) return;
    clearInterval(watch);
    child.kill(signal);
  }, 5);
  return new Promise((resolve) =>
    child.on("exit", (code, ended) => {
      clearInterval(watch);
      resolve({ code, signal: ended });
    }),
  );
}

function finishedSteps(): number {
  return filesOf("killed").filter((name) => name.endsWith(".jsonl.gz")).length;
}

function hashes(out: string): Record<string, string> {
  const kept = filesOf(out).filter((name) => !name.endsWith(".tmp") && !name.endsWith("report.html"));
  return Object.fromEntries(
    kept.map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(at(out), name)))
        .digest("hex"),
    ]),
  );
}

function filesOf(out: string): string[] {
  try {
    return readdirSync(at(out), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(at(out).length + 1))
      .sort();
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return [];
    throw cause;
  }
}
