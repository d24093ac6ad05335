/**
 * Maps items concurrently and hands the results over one by one in the items' order.
 *
 * After a failure (of the work or of the taker) nothing new starts, what runs is waited for, then the failure is thrown;
 * results before the failed item have been handed over.
 *
 * @param inFlight  items worked on at once
 */
export async function inOrder<T, R>(
  items: readonly T[],
  inFlight: number,
  work: (item: T, i: number) => Promise<R>,
  take: (result: R, i: number) => Promise<void>,
): Promise<void> {
  const running: Promise<{ result: R } | { failure: unknown }>[] = [];
  let next = 0;
  const start = () => {
    const i = next++;
    running.push(
      work(items[i]!, i).then(
        (result) => ({ result }),
        (failure: unknown) => ({ failure }),
      ),
    );
  };
  while (next < Math.min(inFlight, items.length)) start();
  try {
    for (let i = 0; i < items.length; i++) {
      const settled = await running.shift()!;
      if ("failure" in settled) throw settled.failure;
      if (next < items.length) start();
      await take(settled.result, i);
    }
  } finally {
    await Promise.all(running);
  }
}
