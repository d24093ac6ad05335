import { SandboxError } from "../errors.ts";
import { attackProbe } from "./attackProbe.ts";
import { BubblewrapExecutor } from "./bubblewrapExecutor.ts";
import type { Executor, ExecutorName } from "./executor.ts";
import { ForkServerExecutor } from "./forkServerExecutor.ts";
import { benchmarkMinor, minorVersion, type PythonChoice } from "./findPython.ts";
import { benchmarkLimits } from "./limits.ts";
import { PyodideExecutor } from "./pyodideExecutor.ts";
import { UnsafeExecutor } from "./unsafeExecutor.ts";

/** An executor that has proved itself, and what belongs into the manifest about the choice. */
export interface ChosenExecutor {
  readonly executor: Executor;
  readonly name: ExecutorName;
  readonly why: string;
}

/** The choice as one line: executor, Python, and why. */
export function describeChoice({ executor, name, why }: ChosenExecutor): string {
  const old =
    minorVersion(executor.python) < benchmarkMinor
      ? `, older than the benchmark's 3.${benchmarkMinor}: some correct programs fail`
      : "";
  return `${name}, Python ${executor.python}${old} (${why})`;
}

/** Strongest and fastest first. `unsafe` is never chosen, only asked for. */
const automatic = ["forkServer", "bubblewrap", "pyodide"] as const;

/**
 * The executor asked for, or with "auto" the first that contains a real attack on this machine.
 *
 * Never silent about a weaker choice: `why` names what was tried before it, and what failed.
 *
 * @param concurrency  programs at once
 * @param python       which interpreter, and what it can import
 * @throws SandboxError  the executor asked for (or every automatic one) does not run or does not contain the attack
 */
export async function chooseExecutor(
  wanted: "auto" | ExecutorName,
  concurrency: number,
  python: PythonChoice,
): Promise<ChosenExecutor> {
  if (wanted === "unsafe") {
    return {
      executor: new UnsafeExecutor(benchmarkLimits, concurrency, python),
      name: wanted,
      why: "asked for: NOT CONTAINED, the programs can reach this machine",
    };
  }
  const failures: string[] = [];
  for (const name of wanted === "auto" ? automatic : [wanted]) {
    const tried = await tryExecutor(name, concurrency, python);
    if (typeof tried === "string") failures.push(`${name}: ${tried}`);
    else
      return {
        executor: tried,
        name,
        why: ["it contained the probe (loopback connection, canary read)", ...failures].join("; not "),
      };
  }
  throw new SandboxError(`chooseExecutor: expected a cage that contains the probe, got ${failures.join("; ")}`);
}

/** The executor, or why not. */
async function tryExecutor(
  name: (typeof automatic)[number],
  concurrency: number,
  python: PythonChoice,
): Promise<Executor | string> {
  let executor: Executor | null = null;
  try {
    executor = openExecutor(name, concurrency, python);
    const leak = await attackProbe(executor);
    if (leak === null) return executor;
    await executor.close();
    return leak;
  } catch (error) {
    await executor?.close();
    if (error instanceof SandboxError) return error.message;
    throw error;
  }
}

function openExecutor(name: (typeof automatic)[number], concurrency: number, python: PythonChoice): Executor {
  switch (name) {
    case "forkServer":
      return new ForkServerExecutor(benchmarkLimits, concurrency, python);
    case "bubblewrap":
      return new BubblewrapExecutor(benchmarkLimits, concurrency, python);
    case "pyodide":
      return new PyodideExecutor(benchmarkLimits, concurrency, python);
  }
}
