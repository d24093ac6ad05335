import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeFileAtomic } from "../src/artifact/atomicFile.ts";
import { tagOf, thisProcess } from "../src/artifact/processIdentity.ts";
import { alone, withRunLock } from "../src/artifact/runLock.ts";
import { sweepTemporaries } from "../src/artifact/temporaryFiles.ts";
import { LockedError } from "../src/errors.ts";
import { vhackCommand } from "./support/vhackCommand.ts";

const holdFolder = fileURLToPath(new URL("support/holdFolder.mjs", import.meta.url));
const writeForEver = fileURLToPath(new URL("support/writeForEver.mjs", import.meta.url));
const started: ChildProcess[] = [];
let folder: string;

beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "vhack-lock-"))));
afterEach(async () => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

interface Running {
  readonly child: ChildProcess;
  said(): string;
}

/** Start a script and wait until it says something. */
async function start(...args: string[]): Promise<Running> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  started.push(child);
  let said = "";
  child.stdout.on("data", (text) => (said += String(text)));
  await once(child.stdout, "data");
  return { child, said: () => said };
}

async function killed({ child }: Running): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

async function ended(running: Running): Promise<string> {
  if (running.child.exitCode === null) await once(running.child, "exit");
  return running.said();
}

const hiddenIn = async (path: string): Promise<string[]> =>
  (await readdir(path)).filter((name) => name.startsWith("."));
const go = (part: string) => withRunLock(folder, alone(part), async () => "went");

describe("half-written files", () => {
  // ELSE every kill leaves twenty megabytes for good
  it("of a killed writer are gone when the next process writes there", async () => {
    let left = 0;
    for (const patienceMs of [0, 20, 60, 130]) {
      const writer = await start(writeForEver, folder, "1000");
      await new Promise((resolve) => setTimeout(resolve, patienceMs));
      await killed(writer);
      left += (await hiddenIn(folder)).length;
      await ended(await start(writeForEver, folder, "1"));
    }
    expect(left, "kills in the middle of a write").toBeGreaterThan(0);
    expect(await readdir(folder)).toEqual(["x"]);
  });

  // ELSE one run destroys what another is writing
  it("of a process that runs, of another machine and of nobody known stay", async () => {
    const writer = await start(writeForEver, folder, "1000");
    const others = [
      `.x.${tagOf({ ...thisProcess, host: "00000000", pid: 1 })}.12345678.tmp`,
      ".x.tmp",
      ".x.4e7bd7a8-51d5-4f1c-a3a5-3d1c4ef60c9e.tmp",
    ];
    for (const name of others) await writeFile(join(folder, name), "");
    for (let i = 0; i < 20; i++) await sweepTemporaries(folder);
    expect((await hiddenIn(folder)).toSorted()).toEqual(expect.arrayContaining(others.toSorted()));
    await writeFileAtomic(join(folder, "y"), Uint8Array.of(1));
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(writer.child.exitCode, "the other writer goes on").toBeNull();
  });

  it("of a process whose id was given again are gone", async () => {
    const again = `.x.${tagOf({ ...thisProcess, started: "00000000" })}.12345678.tmp`;
    await writeFile(join(folder, again), "");
    await sweepTemporaries(folder);
    expect(await hiddenIn(folder)).toEqual([]);
  });

  it("in the folders of a run are gone when the run goes on, also where it writes nothing", async () => {
    const places = [".", "vhack", "vhack/controls", "probe_distill/teacher_pool", "probe_grpo/vanilla_seed41"];
    for (const place of places) {
      await mkdir(join(folder, place), { recursive: true });
      await writeFile(join(folder, place, `.s.${tagOf({ ...thisProcess, pid: 2 ** 22 + 1 })}.12345678.tmp`), "");
    }
    await go("chain");
    for (const place of places) expect(await hiddenIn(join(folder, place)), place).toEqual([]);
  });
});

describe("withRunLock", () => {
  // ELSE two runs mix in one folder, and a table reports the other's pool
  it("refuses a second run in the same folder by name, and leaves nothing behind", async () => {
    const holder = await start(holdFolder, folder, "chain", "60000");
    for (const part of ["chain", "replay vanilla antipasto seed 41"])
      await expect(go(part)).rejects.toThrow(
        new RegExp(
          `expected no other run in this folder, got "chain" \\(process ${holder.child.pid} on ${hostname()}\\)`,
        ),
      );
    await expect(go("chain")).rejects.toThrow(LockedError);
    holder.child.kill("SIGKILL");
    await once(holder.child, "exit");
    await expect(go("replay vanilla")).resolves.toBe("went");
    expect(await hiddenIn(folder)).toEqual([]);
  });

  it("is taken over from a killed run by exactly one of many", async () => {
    await killed(await start(holdFolder, folder, "chain", "60000"));
    expect(await hiddenIn(folder)).toEqual([".vhack.chain.lock"]);
    const racers = await Promise.all(Array.from({ length: 6 }, () => start(holdFolder, folder, "chain", "3000")));
    const said = await Promise.all(racers.map(ended));
    expect(said.filter((text) => text.startsWith("holds"))).toHaveLength(1);
    expect(said.filter((text) => text.startsWith("E_LOCKED"))).toHaveLength(5);
    expect(await hiddenIn(folder)).toEqual([]);
  });

  it("lets in what the run itself starts there, and nobody after that run was killed while its child goes on", async () => {
    const parent = await start(holdFolder, folder, "phase2", "8000", "extract");
    while (!parent.said().includes("holds extract")) await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(go("replay")).rejects.toThrow(LockedError);
    await killed(parent);
    await expect(go("phase2")).rejects.toThrow(/got "extract"/);
    expect(await hiddenIn(folder)).toEqual([".vhack.extract.lock"]);
  });

  it("does not take over the lock of another machine, and says which file to remove", async () => {
    const lock = {
      id: "a",
      process: tagOf({ ...thisProcess, host: "00000000" }),
      parent: 1,
      machine: "far",
      part: "chain",
    };
    await writeFile(join(folder, ".vhack.chain.lock"), JSON.stringify(lock));
    await expect(go("chain")).rejects.toThrow(/on far\); wait for it, or remove .*\.vhack\.chain\.lock if you know/);
    await writeFile(join(folder, ".vhack.chain.lock"), "{}");
    await expect(go("chain")).rejects.toThrow(/expected the lock of a run, got other text/);
  });

  it("lets arms and seeds of one sweep go side by side, but not the same one twice", async () => {
    const cell = (name: string) => ({ name, mayRunBeside: (other: string) => other.startsWith("grpo ") });
    await withRunLock(folder, cell("grpo vanilla seed 41"), async () => {
      await expect(withRunLock(folder, cell("grpo vanilla seed 42"), async () => 1)).resolves.toBe(1);
      await expect(withRunLock(folder, cell("grpo vanilla seed 41"), async () => 1)).rejects.toThrow(LockedError);
      await expect(go("extract antipasto nll")).rejects.toThrow(LockedError);
    });
  });
});

describe("vhack: two runs in one folder", () => {
  it.each([
    ["teacher-pool", []],
    ["extract", []],
    ["grpo", ["--arm", "vanilla", "--teacher-only"]],
    ["chain", []],
  ])("%s is refused while another run holds it -> E_LOCKED, exit code 3", async (command, more) => {
    const holder = await start(holdFolder, folder, "replay vanilla", "60000");
    const { code, said } = await vhack(command, ...more, "--no-blas", "--out", folder);
    expect(said).toMatch(/E_LOCKED: .*got "replay vanilla"/);
    expect(code).toBe(3);
    await killed(holder);
  });

  it("the lock of a killed run does not stop the next, which leaves none", async () => {
    await killed(await start(holdFolder, folder, "teacher-pool", "60000"));
    const { code } = await vhack("teacher-pool", ...tiny, "--no-blas", "--out", folder);
    expect(code).toBe(0);
    expect(await hiddenIn(folder)).toEqual([]);
  });
});

const tiny = ["--steps", "1", "--group", "2", "--max-new-tokens", "8"];

async function vhack(...args: string[]): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, [...vhackCommand, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  started.push(child);
  let said = "";
  child.stderr.on("data", (text) => (said += String(text)));
  const [code] = (await once(child, "exit")) as [number];
  return { code, said };
}
