import type { Limits } from "./limits.ts";

/**
 * What one fresh cage is asked to do. `source`, `code`, `setup`, `tests` and `calls` are Python text; lone surrogates survive.
 *
 *   inspect  compile `code` and look for `run_tests`; runs nothing of it
 *   main     run `source` as `__main__`, the way `python -c` would
 *            hurried: the same code has just been stopped by a time limit; an executor may grant less this time
 *   calls    run `source` as a module, then evaluate `calls` and send each value out
 *   split    read trusted `tests` (asserts) into calls and expected values; never sees a submission
 */
export type Job =
  | { readonly kind: "inspect"; readonly code: string }
  | { readonly kind: "main"; readonly source: string; readonly observe: Observed; readonly hurried?: boolean }
  | { readonly kind: "calls"; readonly source: string; readonly calls: readonly string[] }
  | { readonly kind: "split"; readonly setup: string; readonly tests: readonly string[] };

/** What is looked at besides the exit status: nothing, the head of stdout, or one file of the working directory afterwards. */
export type Observed =
  { readonly what: "status" } | { readonly what: "stdout" } | { readonly what: "file"; readonly name: string };

/** How the main process ended. `stopped`: a limit that the cage enforces from outside ended it. */
export type End =
  | { readonly how: "exited"; readonly status: number }
  | { readonly how: "signalled"; readonly signal: number }
  | { readonly how: "stopped"; readonly limit: "cpu" | "wall" | "memory" | "output" };

export interface RunResult {
  readonly end: End;
  /** Frames of the job's own channel, as far as they came (see frames.ts). */
  readonly channel: Uint8Array;
  /** Head of what `observe` asked for, else empty. */
  readonly observed: Uint8Array;
}

export type ExecutorName = "forkServer" | "bubblewrap" | "pyodide" | "unsafe";

/** A place where hostile Python runs. A program that fails is an RunResult; a cage that cannot run is a SandboxError. */
export interface Executor {
  readonly name: ExecutorName;
  /** Version of the Python that runs the programs: another one may give another verdict. */
  readonly python: string;
  readonly limits: Limits;
  /** Programs that run at once. More calls of `run` wait their turn. */
  readonly concurrency: number;
  run(job: Job): Promise<RunResult>;
  /** Ends everything that this executor started. */
  close(): Promise<void>;
}
