import { Worker } from "node:worker_threads";

/** In the package the sources are built to JavaScript, and so is this file. */
const isBuilt = import.meta.url.endsWith(".js");

/**
 * Start a worker thread on a file of ours.
 *
 * Node 20 does not carry a parent's module loader into its threads, so a small JavaScript entry registers it first.
 *
 * @param entry  the worker's TypeScript file; it finds `data` in workerData.data
 */
export function startWorker(entry: URL, data: unknown): Worker {
  if (isBuilt) return new Worker(new URL(entry.href.replace(/\.ts$/, ".js")), { workerData: { data } });
  return new Worker(new URL("./tsWorker.js", import.meta.url), { workerData: { entry: entry.href, data } });
}
