/**
 * Reads mutated inputs in a process of its own, so that the one that started it can measure and end it.
 *
 *     node --import tsx bench/support/mutationWorker.ts SEED FROM TO FOLDER [each]
 *
 * Before an input it prints {"begin": i}, after it {"end": i, ...}.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ProbeError } from "../../src/errors.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import { startBackend } from "../../src/tensor/backend.ts";
import { inputKinds, type InputKind } from "./inputKinds.ts";
import { writeWorkspace } from "./inputWorkspace.ts";
import { mutate, type Mutant } from "./mutations.ts";

/** What came of one input. */
export interface Outcome {
  readonly end: number;
  readonly kind: string;
  /** "accepted", the code of the error, or "raw" */
  readonly outcome: string;
  readonly message: string;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** handles that were not open before */
  readonly handles: readonly string[];
}

const [seed, from, to] = process.argv.slice(2, 5).map(Number) as [number, number, number];
const folder = process.argv[5]!;

await startBackend({ name: "wasm", memoryBytes: 2 ** 29, tensorflowFolder: null, blas: "off" });
await writeWorkspace(folder);
const originals = new Map<string, Uint8Array>();
for (const { file } of inputKinds) originals.set(file, await readFile(join(folder, file)));
for (const kind of inputKinds) await kind.read(folder); // the workspace as it is must be accepted
for (let i = from; i < to; i++) await tryOne(i, inputKinds[i % inputKinds.length]!);

async function tryOne(i: number, kind: InputKind): Promise<void> {
  console.log(JSON.stringify({ begin: i, kind: kind.name }));
  const path = join(folder, kind.file);
  const original = originals.get(kind.file)!;
  await place(path, mutate(original, kind.form, seededRng(seed, "mutated inputs", i)));
  const before = openHandles();
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  const { outcome, message } = await read(kind);
  const { user, system } = process.cpuUsage(cpu);
  const end: Outcome = {
    end: i,
    kind: kind.name,
    outcome,
    message,
    cpuSeconds: (user + system) / 1e6,
    wallSeconds: (performance.now() - wall) / 1e3,
    handles: await leftOpen(before),
  };
  console.log(JSON.stringify(end));
  await place(path, original);
}

async function read(kind: InputKind): Promise<{ outcome: string; message: string }> {
  try {
    await kind.read(folder);
    return { outcome: "accepted", message: "" };
  } catch (failure) {
    if (failure instanceof ProbeError) return { outcome: failure.code, message: failure.message };
    const message = failure instanceof Error ? (failure.stack ?? String(failure)) : String(failure);
    return { outcome: "raw", message: message.slice(0, 1500) };
  }
}

async function place(path: string, mutant: Mutant): Promise<void> {
  await rm(path, { recursive: true, force: true });
  if (mutant === "pipe") execFileSync("mkfifo", [path]);
  else if (mutant === "folder") await mkdir(path);
  else if (mutant === "device") await symlink("/dev/zero", path);
  else if (mutant !== "absent") await writeFile(path, mutant);
}

/** Files that stay open; a moment is given to those that are being closed. */
async function leftOpen(before: readonly string[]): Promise<string[]> {
  for (let wait = 0; ; wait++) {
    const more = openHandles().filter((handle) => !before.includes(handle));
    if (more.length === 0 || wait === 20) return more;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function openHandles(): string[] {
  return readdirSync("/proc/self/fd").flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)];
    } catch {
      return []; // the one that reads this folder
    }
  });
}
