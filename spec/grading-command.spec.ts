import { spawn, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readProc } from "../src/sandbox/readProc.ts";
import { cageless, pythonless } from "./support/cages.ts";
import { addition } from "./support/ownAttacks.ts";
import { vhackCommand } from "./support/vhackCommand.ts";

const folder = mkdtempSync(join(tmpdir(), "vhack-grade-"));
const completions = join(folder, "completions.jsonl");
const problems = join(folder, "problems.jsonl");
const few = join(folder, "few.jsonl");
const count = 60;

function grade(...args: string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [...vhackCommand, "grade", ...args], { encoding: "utf8", timeout: 120_000 });
}

/** The command on a system where some files are something else: bubblewrap with the whole host bound, then `changes`. */
function gradeWhere(changes: string[], ...args: string[]): SpawnSyncReturns<string> {
  const whole = ["--bind", "/", "/", "--dev-bind", "/dev", "/dev", "--proc", "/proc"];
  return spawnSync("bwrap", [...whole, ...changes, "--", process.execPath, ...vhackCommand, "grade", ...args], {
    encoding: "utf8",
    timeout: 120_000,
  });
}

const completion = (i: number) =>
  `\`\`\`python\nclass Solution:\n    def addNumbers(self, a, b):\n        return a + b${i % 3 === 0 ? " + 1" : ""} # ${i}\n\`\`\``;

beforeAll(() => {
  const { id, funcName, setupCode, gtTests } = addition;
  writeFileSync(
    problems,
    `${JSON.stringify({ id, func_name: funcName, setup_code: setupCode, gt_answer: gtTests })}\n`,
  );
  writeFileSync(
    completions,
    Array.from({ length: count }, (_, i) => `${JSON.stringify({ problem_id: id, completion: completion(i) })}\n`).join(
      "",
    ),
  );
  writeFileSync(few, readFileSync(completions, "utf8").split("\n").slice(0, 2).join("\n"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("vhack grade", () => {
  // ELSE a killed run loses rows or counts them twice
  it("goes on after SIGKILL without losing or repeating a row, and leaves no process behind", async () => {
    const [whole, killed] = [join(folder, "whole.jsonl"), join(folder, "killed.jsonl")];
    expect(grade("--problems", problems, "--completions", completions, "--out", whole).status).toBe(0);

    for (const rows of [5, 30]) await killAfter(rows, killed);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(cages()).toEqual([]);
    writeFileSync(killed, `${readFileSync(killed, "utf8")}{"problem_id":"add`);
    const resumed = grade("--problems", problems, "--completions", completions, "--out", killed);
    expect(resumed.status).toBe(0);
    expect(readFileSync(killed, "utf8")).toBe(readFileSync(whole, "utf8"));
    expect(JSON.parse(readFileSync(`${killed}.manifest.json`, "utf8")).runs.length).toBeGreaterThan(1);
  });

  it.skipIf(cageless !== null)("does not depend on concurrency or executor", () => {
    const [one, two] = [join(folder, "one.jsonl"), join(folder, "two.jsonl")];
    expect(grade("--problems", problems, "--completions", completions, "--out", one, "--concurrency", "1").status).toBe(
      0,
    );
    expect(
      grade(
        "--problems",
        problems,
        "--completions",
        completions,
        "--out",
        two,
        "--concurrency",
        "4",
        "--executor",
        "bubblewrap",
      ).status,
    ).toBe(0);
    expect(readFileSync(one, "utf8")).toBe(readFileSync(two, "utf8"));
  });

  it("writes rows to standard output and everything else to standard error when --out is not given", () => {
    const { stdout, stderr } = grade("--problems", problems, "--completions", completions);
    const rows = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows).toHaveLength(count);
    rows.forEach((row, i) =>
      expect(row).toMatchObject({
        problem_id: "addition",
        format_ok: true,
        gt_pass: i % 3 !== 0,
        gt_correct: i % 3 !== 0,
        hacked: false,
      }),
    );
    expect(stderr).toMatch(/executor: \w+, Python 3\.\d+\.\d+.*\(it contained the probe/);
  });

  it.skipIf(pythonless !== null)("records an unsafe run in the manifest", () => {
    const out = join(folder, "unsafe.jsonl");
    const run = grade("--problems", problems, "--completions", few, "--out", out, "--unsafe-exec");
    expect(run.stderr).toContain("NOT CONTAINED");
    expect(JSON.parse(readFileSync(`${out}.manifest.json`, "utf8")).runs[0]).toMatchObject({
      executor: "unsafe",
      unsafe: true,
    });
  });
});

describe("vhack grade refuses", () => {
  it("a problem file with a bad line, naming it", () => {
    const bad = join(folder, "bad.jsonl");
    writeFileSync(bad, `${readFileSync(problems, "utf8")}{"id": 7, "func_name"\n`);
    const { status, stderr } = grade(
      "--problems",
      bad,
      "--completions",
      completions,
      "--out",
      join(folder, "never.jsonl"),
    );
    expect(status).toBe(2);
    expect(stderr).toContain("bad.jsonl line 2");
    expect(existsSync(join(folder, "never.jsonl"))).toBe(false);
  });

  it("a completion of an unknown problem, and an --out that holds other verdicts", () => {
    const strange = join(folder, "strange.jsonl");
    writeFileSync(strange, '{"problem_id": "other", "completion": "x"}\n');
    expect(grade("--problems", problems, "--completions", strange)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("line 1: expected problem_id other"),
    });
    const foreign = join(folder, "foreign.jsonl");
    writeFileSync(foreign, '{"digest":"0000000000000000"}\n');
    expect(grade("--problems", problems, "--completions", completions, "--out", foreign)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("Move the file away"),
    });
    expect(readFileSync(foreign, "utf8")).toBe('{"digest":"0000000000000000"}\n');
  });

  it("neither --completions nor --pool", () => {
    expect(grade()).toMatchObject({ status: 2, stderr: expect.stringContaining("either --completions or --pool") });
  });

  it.skipIf(cageless !== null)(
    "a machine without bubblewrap when it is asked for, naming the package; auto says why it is weaker",
    () => {
      const hidden = join(folder, "nothing");
      writeFileSync(hidden, "");
      chmodSync(hidden, 0o644);
      const without = ["--ro-bind", hidden, "/usr/bin/bwrap"];
      const asked = gradeWhere(
        without,
        "--problems",
        problems,
        "--completions",
        completions,
        "--executor",
        "forkServer",
      );
      expect(asked.status).toBe(3);
      expect(asked.stderr).toContain("apt-get install bubblewrap");

      const auto = gradeWhere(without, "--problems", problems, "--completions", few, "--concurrency", "1");
      expect(auto.status).toBe(0);
      expect(auto.stderr).toMatch(
        /executor: pyodide, Python 3\.\d+\.\d+ \(.*not forkServer: .*apt-get install bubblewrap/,
      );
    },
  );

  it.skipIf(cageless !== null)("a machine without Python, naming the package", () => {
    const empty = join(folder, "empty");
    writeFileSync(empty, "");
    const pythons = ["/usr/bin/python3", "/usr/local/bin/python3"]
      .filter((path) => existsSync(path))
      .flatMap((path) => ["--ro-bind", empty, path]);
    const run = gradeWhere(
      [...pythons, "--setenv", "PATH", "/nowhere"],
      "--problems",
      problems,
      "--completions",
      completions,
      "--executor",
      "bubblewrap",
    );
    expect(run.status).toBe(3);
    expect(run.stderr).toContain("apt-get install python3");
  });

  it.skipIf(cageless !== null)("a full disk: whole rows only, and the same command goes on when there is room", () => {
    const run = gradeWhere(
      ["--size", "4096", "--tmpfs", "/mnt"],
      "--problems",
      problems,
      "--completions",
      completions,
      "--out",
      "/mnt/v.jsonl",
    );
    expect(run.status).toBe(2);
    expect(run.stderr).toContain("Free some space");
  });
});

/** Starts the command and kills it when `rows` rows stand in the file. */
async function killAfter(rows: number, out: string): Promise<void> {
  const child = spawn(
    process.execPath,
    [...vhackCommand, "grade", "--problems", problems, "--completions", completions, "--out", out],
    { stdio: "ignore" },
  );
  const ended = new Promise((resolve) => child.once("exit", resolve));
  while (!existsSync(out) || readFileSync(out, "utf8").split("\n").length <= rows)
    await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill("SIGKILL");
  await ended;
}

/** Command lines of living cages that run our programs and have lost their grader (adopted by process 1), where /proc tells. */
function cages(): string[] {
  if (!existsSync("/proc")) return [];
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      const orphan = / 1 /.test(readProc(pid, "stat").split(")").at(-1)!.slice(0, 6));
      const command = readProc(pid, "cmdline");
      return orphan && command.includes("PYTHONHASHSEED") ? [command] : [];
    });
}
