import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { startWorker } from "../../artifact/startWorker.ts";
import type { ShardJob, ShardResult, TrainWorkerData } from "./trainWorker.ts";

/** Worker threads that compute shard gradients; results come back in the order of the jobs, whoever computed them. */
export class TrainPool {
  readonly #workers: readonly Worker[];

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers;
  }

  static async start(count: number, data: TrainWorkerData): Promise<TrainPool> {
    const entry = new URL("./trainWorker.ts", import.meta.url);
    const workers = Array.from({ length: count }, () => startWorker(entry, data));
    await Promise.all(workers.map((worker) => once(worker, "message")));
    return new TrainPool(workers);
  }

  async run(jobs: readonly ShardJob[]): Promise<ShardResult[]> {
    const results: ShardResult[] = [];
    let next = 0;
    const drain = async (worker: Worker): Promise<void> => {
      while (next < jobs.length) {
        const place = next++;
        worker.postMessage(jobs[place]);
        const [result] = (await once(worker, "message")) as [ShardResult];
        results[place] = result;
      }
    };
    await Promise.all(this.#workers.map(drain));
    return results;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
