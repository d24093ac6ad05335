import type { Worker } from "node:worker_threads";
import { MemoryError, NonFiniteError, type ProbeError } from "../../errors.ts";
import { startWorker } from "../../artifact/startWorker.ts";
import type { DenseWeight, WeightSvd } from "./weightSvd.ts";

/** The thread's program; messages are all that we share. */
const entry = new URL("../../numeric/linalg/thinSvdWorker.ts", import.meta.url);

/** Threads that decompose weights; each is started when it is first needed. */
export class SvdWorkerPool {
  readonly #idle: Worker[] = [];
  readonly #all: Worker[] = [];

  /**
   * Decompose one weight on a thread that is free, or on a new one: the caller bounds how many run at once.
   *
   * @throws NonFiniteError  the weight holds NaN or infinity
   * @throws MemoryError     there is no memory for its factors
   */
  async decompose({ moduleName, rows, cols, data }: DenseWeight): Promise<WeightSvd> {
    const worker = this.#idle.pop() ?? this.#start();
    const { u, s, vh } = await new Promise<Omit<WeightSvd, "r">>((resolve, reject) => {
      const fail = (cause: Error): void => reject(threadError(moduleName, cause));
      worker.once("error", fail);
      worker.once("message", (factors: Omit<WeightSvd, "r">) => {
        worker.off("error", fail);
        resolve(factors);
      });
      worker.postMessage({ rows, cols, data });
    });
    this.#idle.push(worker);
    return { u, s, vh, r: s.length };
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }

  #start(): Worker {
    const worker = startWorker(entry, null);
    this.#all.push(worker);
    return worker;
  }
}

/** Errors come from a thread without their class; what is left is the name and Node's code. */
function threadError(moduleName: string, cause: Error): ProbeError {
  const outOfMemory = cause.name === "RangeError" || ("code" in cause && cause.code === "ERR_WORKER_OUT_OF_MEMORY");
  if (outOfMemory)
    return new MemoryError(
      `${moduleName}: expected memory for its SVD, got ${String(cause)}; use fewer threads`,
      cause,
    );
  return new NonFiniteError(`${moduleName}: expected a weight that has an SVD, got ${String(cause)}`, cause);
}
