import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { BubblewrapExecutor } from "../src/sandbox/bubblewrapExecutor.ts";
import type { Executor, Job } from "../src/sandbox/executor.ts";
import { anyPython, findPython } from "../src/sandbox/findPython.ts";
import { ForkServerExecutor } from "../src/sandbox/forkServerExecutor.ts";
import { benchmarkLimits } from "../src/sandbox/limits.ts";
import { treeUse } from "../src/sandbox/processTree.ts";
import { PyodideExecutor } from "../src/sandbox/pyodideExecutor.ts";

/*
 * Programs per CPU-second, for a program that burns 5 ms of CPU of its own.
 *
 *     node --import tsx bench/grading.ts [programs]
 *
 * Each executor runs twice in a process of its own, once with a few programs and once with all; the difference is what the
 * programs cost. A subreaper above it collects every process that the cages leave to be reaped, so that all CPU time counts
 * (the grader's own and that of namespace set-up included; the kernel's deferred clean-up of network namespaces is not).
 * CPU seconds do not depend on what else the machine does, but for caches. Wanted: forkServer >= 50, bubblewrap >= 25.
 */

const ownSeconds = 0.005;
const warmUp = 10;
const job: Job = {
  kind: "main",
  source: `import time\nstart = time.process_time()\nwhile time.process_time() - start < ${ownSeconds}: pass`,
  observe: { what: "status" },
};

const open: Record<string, (slots: number) => Executor> = {
  forkServer: (slots) => new ForkServerExecutor(benchmarkLimits, slots, anyPython),
  bubblewrap: (slots) => new BubblewrapExecutor(benchmarkLimits, slots, anyPython),
  pyodide: (slots) => new PyodideExecutor(benchmarkLimits, slots, anyPython),
};

/** Runs argv[1:], reaps whatever its descendants leave, prints its output and a last line of CPU seconds. */
const subreaper = `
import ctypes, os, resource, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
child = subprocess.Popen(sys.argv[1:])
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
use = resource.getrusage(resource.RUSAGE_CHILDREN)
print(use.ru_utime + use.ru_stime)
`;

const [first, second] = process.argv.slice(2);
if (first !== undefined && first in open) await runOne(open[first]!(availableParallelism()), Number(second));
else report(Number(first ?? 1000));

/** The inner process: runs the programs, prints memory after a tenth of them and after all. */
async function runOne(executor: Executor, programs: number): Promise<void> {
  let failed = 0;
  let early = "";
  await Promise.all(
    Array.from({ length: programs }, async (_, i) => {
      const { end } = await executor.run(job);
      if (end.how !== "exited" || end.status !== 0) failed++;
      if (i === Math.floor(programs / 10)) early = memoryMiB();
    }),
  );
  const late = memoryMiB();
  await executor.close();
  console.log(`${failed} failed, memory ${early} MiB after a tenth, ${late} MiB at the end`);
}

/** Of this process and all that it started. */
function memoryMiB(): string {
  return ([...treeUse(process.pid).values()].reduce((sum, use) => sum + use.memoryBytes, 0) / 2 ** 20).toFixed(0);
}

function report(programs: number): void {
  for (const [name, share] of [
    ["forkServer", 1],
    ["bubblewrap", 0.5],
    ["pyodide", 0.02],
  ] as const) {
    const count = warmUp + Math.ceil(share * programs);
    const base = underSubreaper(name, warmUp);
    const whole = underSubreaper(name, count);
    const cpu = whole.cpuSeconds - base.cpuSeconds;
    const n = count - warmUp;
    const overhead = 100 * (1 - (n * ownSeconds) / cpu);
    console.log(
      `${name.padEnd(11)} ${(n / cpu).toFixed(1).padStart(6)} programs/s/core, overhead ${overhead.toFixed(0)}% of the CPU time; ${n} programs: ${whole.said}`,
    );
  }
}

function underSubreaper(name: string, programs: number): { cpuSeconds: number; said: string } {
  const command = [process.execPath, "--import", "tsx", fileURLToPath(import.meta.url), name, String(programs)];
  const run = spawnSync(findPython(null).executable, ["-c", subreaper, ...command], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = run.stdout.trim().split("\n");
  return { cpuSeconds: Number(lines.at(-1)), said: lines[0]! };
}
