import { Worker } from "node:worker_threads";

/**
 * Start a worker thread on a TypeScript file.
 *
 * Node 20 does not carry a parent's module loader into its threads, so a small JavaScript entry registers it first.
 *
 * @param entry  the worker's file; it finds `data` in workerData.data
 */
export function startWorker(entry: URL, data: unknown): Worker {
  return new Worker(new URL("./tsWorker.js", import.meta.url), { workerData: { entry: entry.href, data } });
}
