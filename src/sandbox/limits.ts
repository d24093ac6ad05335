/** What one program may use. Times in seconds, sizes in bytes. */
export interface Limits {
  /** CPU time of the program: of one process by the kernel (SIGKILL), of all together by the watchdog. */
  readonly cpuSeconds: number;
  /** Wall time, not counting the time spent waiting for a core (a sleeping program burns no CPU). */
  readonly idleSeconds: number;
  /** Wall time whatever the load. */
  readonly wallSeconds: number;
  /** Address space of one process, and resident memory of all processes of a job together. */
  readonly memoryBytes: number;
  /** Processes and threads alive at once in a job. */
  readonly processes: number;
  readonly openFiles: number;
  /** One file; the working directory holds twice that. */
  readonly fileBytes: number;
  /** Kept of an observed stream or file; the rest is discarded. */
  readonly headBytes: number;
  /** Returned values of one job; a program that sends more is stopped. */
  readonly channelBytes: number;
}

/** 3 s of CPU and 1 GiB are the benchmark's figures (`TIMEOUT_SEC`, `MEMORY_MB`); wall limits are looser, see docs/grading.md. */
export const benchmarkLimits: Limits = {
  cpuSeconds: 3,
  idleSeconds: 4,
  wallSeconds: 20,
  memoryBytes: 2 ** 30,
  processes: 24,
  openFiles: 64,
  fileBytes: 2 ** 24,
  headBytes: 2 ** 16,
  channelBytes: 2 ** 23,
};
