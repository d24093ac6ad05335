import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Outcome } from "./mutationWorker.ts";

/** An input that a user could hand over, and what must not come of it. */
export interface Fault {
  readonly input: number;
  readonly kind: string;
  readonly what: "raw exception" | "hang" | "memory" | "handle left open" | "process ended" | "long message";
  readonly detail: string;
}

export interface Tried {
  readonly outcomes: readonly Outcome[];
  readonly faults: readonly Fault[];
  readonly peakBytes: number;
}

/** No input may take longer, in seconds of processor time; waiting for ever shows as wall time. */
const mostCpuSeconds = 5;
const mostWallSeconds = 30;
const mostBytes = 2 ** 31;
const worker = fileURLToPath(new URL("./mutationWorker.ts", import.meta.url));

/** Read the mutated inputs `from` to `to` of a seed, `perProcess` in one process of their own. */
export async function tryMutants(seed: number, from: number, to: number, perProcess: number): Promise<Tried> {
  const outcomes: Outcome[] = [];
  const faults: Fault[] = [];
  let peakBytes = 0;
  for (let next = from; next < to;) {
    const batch = await tryBatch(seed, next, Math.min(next + perProcess, to));
    outcomes.push(...batch.outcomes);
    faults.push(...batch.faults);
    peakBytes = Math.max(peakBytes, batch.peakBytes);
    next = batch.next;
  }
  return { outcomes, faults, peakBytes };
}

interface Batch extends Tried {
  /** the first input that was not tried */
  readonly next: number;
}

async function tryBatch(seed: number, from: number, to: number): Promise<Batch> {
  const folder = await mkdtemp(join(tmpdir(), "vhack-mutants-"));
  const child = spawn(
    process.execPath,
    ["--import", "tsx", worker, String(seed), String(from), String(to), join(folder, "w")],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const outcomes: Outcome[] = [];
  const faults: Fault[] = [];
  let current = { input: from, kind: "workspace", since: performance.now(), cpu: 0 };
  let [peakBytes, stderr] = [0, ""];
  child.stderr.on("data", (text) => (stderr = `${stderr}${String(text).replaceAll(/ {9,}/g, " ")}`.slice(-1500)));
  const fail = (what: Fault["what"], detail: string) =>
    faults.push({ input: current.input, kind: current.kind, what, detail });
  const watch = setInterval(() => {
    const { peak, cpu } = usage(child);
    peakBytes = Math.max(peakBytes, peak);
    const [cpuSpent, wall] = [cpu - current.cpu, (performance.now() - current.since) / 1e3];
    const isOver = cpuSpent > 2 * mostCpuSeconds || wall > mostWallSeconds;
    if (peak > mostBytes) fail("memory", `${(peak / 2 ** 30).toFixed(2)} GiB`);
    else if (isOver) fail("hang", `${cpuSpent.toFixed(1)} s of processor, ${wall.toFixed(1)} s`);
    if (peak > mostBytes || isOver) {
      clearInterval(watch);
      child.kill("SIGKILL");
    }
  }, 100);
  for await (const line of createInterface({ input: child.stdout })) {
    const report = JSON.parse(line) as Outcome | { begin: number; kind: string };
    if ("begin" in report)
      current = { input: report.begin, kind: report.kind, since: performance.now(), cpu: usage(child).cpu };
    else {
      outcomes.push(report);
      if (report.outcome === "raw") fail("raw exception", report.message);
      if (report.cpuSeconds > mostCpuSeconds) fail("hang", `${report.cpuSeconds.toFixed(1)} s of processor`);
      if (report.handles.length > 0) fail("handle left open", `${report.handles.join(", ")} after ${report.outcome}`);
      if (report.message.length > 5000) fail("long message", report.message.slice(0, 100));
    }
  }
  clearInterval(watch);
  await rm(folder, { recursive: true, force: true });
  if (current.kind === "workspace") throw new Error(`mutationWorker: expected to read its workspace, got ${stderr}`);
  const done = outcomes.length === to - from;
  if (!done && faults.at(-1)?.input !== current.input) fail("process ended", stderr);
  return { outcomes, faults, peakBytes, next: done ? to : current.input + 1 };
}

/** Bytes at the most, and seconds of processor so far; zeros where the process is gone. */
function usage({ pid }: ChildProcess): { peak: number; cpu: number } {
  try {
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [user, system] = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .slice(11, 13)
      .map(Number) as [number, number];
    return { peak: Number(peak) * 1024, cpu: (user + system) / 100 };
  } catch {
    return { peak: 0, cpu: 0 };
  }
}
