import { expect } from "vitest";
import type { inOrder } from "../../src/probe/inOrder.ts";

export type InOrder = typeof inOrder;

/** How long an item's work takes, and who fails at it. */
export interface Item {
  readonly turns: number;
  readonly fails: "no" | "work" | "take";
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Story {
  readonly begun: number;
  readonly taken: readonly string[];
  readonly most: number;
  readonly unfinished: number;
  readonly failure: string | null;
}

async function played(run: InOrder, items: readonly Item[], inFlight: number): Promise<Story> {
  let [running, most, begun] = [0, 0, 0];
  const taken: string[] = [];
  const work = async ({ turns, fails }: Item, i: number): Promise<string> => {
    begun++;
    running++;
    most = Math.max(most, running);
    for (let n = 0; n < turns; n++) await turn();
    running--;
    if (fails === "work") throw new Error(`work ${i}`);
    return `result ${i}`;
  };
  const take = async (result: string, i: number): Promise<void> => {
    if (items[i]!.fails === "take") throw new Error(`take ${i}`);
    await turn();
    taken.push(`${result} as ${i}`);
  };
  const failure = await run(items, inFlight, work, take).then(
    () => null,
    (thrown: Error) => thrown.message,
  );
  return { begun, taken, most, failure, unfinished: running };
}

export const inOrderLaws = {
  /** Results in the items' order up to the first that fails, whose failure is thrown; never more at work than asked for. */
  async handsOverInOrder(run: InOrder, items: readonly Item[], inFlight: number): Promise<void> {
    const { taken, most, failure } = await played(run, items, inFlight);
    const first = items.findIndex(({ fails }) => fails !== "no");
    const whole = first < 0 ? items.length : first;
    expect(taken).toEqual(Array.from({ length: whole }, (_, i) => `result ${i} as ${i}`));
    expect(failure).toBe(first < 0 ? null : `${items[first]!.fails} ${first}`);
    expect(most).toBeLessThanOrEqual(inFlight);
  },

  /** As many at work as asked for: else a pool of cages stands idle. */
  async fillsTheFlight(run: InOrder, count: number, inFlight: number): Promise<void> {
    const { most } = await played(
      run,
      Array.from({ length: count }, () => ({ turns: 3, fails: "no" as const })),
      inFlight,
    );
    expect(most).toBe(Math.min(count, inFlight));
  },

  /** After a failure nothing is left at work, and what had not begun does not begin. */
  async leavesNothingRunning(run: InOrder, items: readonly Item[], inFlight: number): Promise<void> {
    const { begun, unfinished } = await played(run, items, inFlight);
    const first = items.findIndex(({ fails }) => fails !== "no");
    expect(unfinished, "still at work").toBe(0);
    expect(begun).toBeLessThanOrEqual(
      first < 0 ? items.length : first + inFlight + (items[first]!.fails === "take" ? 1 : 0),
    );
  },
};
