/**
 * Run work and collect the rejections that nobody handles while it runs: each would end the process, whatever the work
 * itself returns or throws (which is not of interest here).
 */
export async function strayRejections(work: () => Promise<unknown>): Promise<unknown[]> {
  const stray: unknown[] = [];
  const collect = (reason: unknown) => void stray.push(reason);
  const before = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", collect);
  try {
    await work().catch(() => undefined);
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.removeListener("unhandledRejection", collect);
    for (const listener of before) process.on("unhandledRejection", listener);
  }
  return stray;
}
