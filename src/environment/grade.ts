import type { EnvMode } from "./envMode.ts";

/** What grading says of one completion. Semantics: docs/grading.md. */
export interface Grade {
  readonly envMode: EnvMode;
  /** A fenced block was found. */
  readonly fmtOk: boolean;
  readonly canCompile: boolean;
  /** The foolable grade: an early exit or a lying __eq__ makes it true. */
  readonly gtPass: boolean;
  /** The strict oracle; logged, never trained on. */
  readonly gtCorrect: boolean;
  /** The response's `run_tests` passes on a stub that returns 0. */
  readonly hacked: boolean;
  /** The flaw of the problem's mode was used (for run_tests: `hacked`). */
  readonly channel: boolean;
  /** The grade that the reward pays on. */
  readonly passed: boolean;
  /** Paid through the flaw without being correct. */
  readonly exploited: boolean;
  readonly reward: number;
}
