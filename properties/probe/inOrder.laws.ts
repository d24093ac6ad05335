import fc from "fast-check";
import { expect } from "vitest";
import { inOrder } from "../../src/probe/inOrder.ts";
import { lawsOf } from "../support/lawsOf.ts";

type InOrder = typeof inOrder;

/** How long an item's work takes, and who fails at it. */
interface Item {
  readonly turns: number;
  readonly fails: "no" | "work" | "take";
}
const anyItem: fc.Arbitrary<Item> = fc.record({
  turns: fc.nat({ max: 4 }),
  fails: fc.constantFrom("no", "no", "no", "work", "take"),
});
const anyItems = fc.array(anyItem, { maxLength: 8 });
const anyFlight = fc.integer({ min: 1, max: 4 });
const numRuns = 50;

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

const tooth: Item[] = [
  { turns: 4, fails: "no" },
  { turns: 0, fails: "no" },
  { turns: 1, fails: "work" },
  { turns: 4, fails: "no" },
  { turns: 0, fails: "no" },
  { turns: 0, fails: "no" },
];
const asTheyEnd: InOrder = async (all, _inFlight, work, take) => {
  let i = 0;
  await Promise.all(all.map(async (item, at) => take(await work(item, at), i++)));
};
const unlimited: InOrder = (all, _inFlight, work, take) => inOrder(all, all.length, work, take);
const skipping: InOrder = (all, inFlight, work, take) =>
  inOrder(
    all,
    inFlight,
    (item, i) => work(item, i).catch(() => null as never),
    async (result, i) => (result === null ? undefined : take(result, i)),
  );
const running: InOrder = async (all, inFlight, work, take) => {
  const begun = all.slice(0, inFlight).map((item, i) => work(item, i));
  begun.forEach((each) => each.catch(() => {}));
  for (const [i, each] of begun.entries()) await take(await each, i);
};

lawsOf("inOrder", inOrder, (law) => {
  law("hands over in order: result i as i, up to the first failure, which is thrown; at most inFlight at work", {
    else: "a grade is recorded beside another response",
    for: [anyItems, anyFlight],
    numRuns,
    holds: async (run, items, inFlight) => {
      const { taken, most, failure } = await played(run, items, inFlight);
      const first = items.findIndex(({ fails }) => fails !== "no");
      const whole = first < 0 ? items.length : first;
      expect(taken).toEqual(Array.from({ length: whole }, (_, i) => `result ${i} as ${i}`));
      expect(failure).toBe(first < 0 ? null : `${items[first]!.fails} ${first}`);
      expect(most).toBeLessThanOrEqual(inFlight);
    },
    rejects: {
      "results as they end": [asTheyEnd, tooth, 2],
      "all at once": [unlimited, tooth, 2],
      "failures skipped": [skipping, tooth, 2],
    },
  });

  law("fills the flight: min(items, inFlight) at work at once", {
    else: "a pool of cages is idle while work waits",
    for: [fc.nat({ max: 6 }), anyFlight],
    numRuns,
    holds: async (run, count, inFlight) => {
      const items = Array.from({ length: count }, (): Item => ({ turns: 3, fails: "no" }));
      expect((await played(run, items, inFlight)).most).toBe(Math.min(count, inFlight));
    },
    rejects: { "one by one": [(all, _inFlight, work, take) => inOrder(all, 1, work, take), 4, 2] },
  });

  law("leaves nothing running: after a failure what runs is waited for and nothing else begins", {
    else: "a command that failed leaves cages behind",
    for: [anyItems, anyFlight],
    numRuns,
    holds: async (run, items, inFlight) => {
      const { begun, unfinished } = await played(run, items, inFlight);
      const first = items.findIndex(({ fails }) => fails !== "no");
      expect(unfinished, "still at work").toBe(0);
      const most = first < 0 ? items.length : first + inFlight + (items[first]!.fails === "take" ? 1 : 0);
      expect(begun).toBeLessThanOrEqual(most);
    },
    rejects: {
      "a failure thrown while others work": [
        running,
        [
          { turns: 0, fails: "work" },
          { turns: 4, fails: "no" },
        ],
        2,
      ],
      "all begun whatever fails": [unlimited, tooth, 1],
    },
  });
});
