import fc from "fast-check";
import { expect } from "vitest";
import { Slots } from "../../src/sandbox/slots.ts";
import { lawsOf } from "../support/lawsOf.ts";

/** How many turns a task takes (at least one: else it is over before the next begins), and whether it fails. */
interface Task {
  readonly turns: number;
  readonly fails: boolean;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const anyTasks = fc.array(fc.record({ turns: fc.integer({ min: 1, max: 4 }), fails: fc.boolean() }), { maxLength: 9 });
const tasks: Task[] = [
  { turns: 1, fails: true },
  { turns: 3, fails: false },
  { turns: 1, fails: false },
  { turns: 2, fails: true },
  { turns: 1, fails: false },
];

class OneMore extends Slots {
  constructor(count: number) {
    super(count + 1);
  }
}
/** The failed keep their slot. */
class LosesSlots extends Slots {
  override run<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((done, failed) => {
      super.run(() => task().then(done, (failure) => (failed(failure), new Promise<never>(() => {})))).catch(failed);
    });
  }
}
class OneByOne extends Slots {
  constructor() {
    super(1);
  }
}
/** Whoever gets a slot runs the task that came last. */
class LastComeFirst extends Slots {
  readonly #waiting: (() => Promise<void>)[] = [];
  override run<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((done, failed) => {
      this.#waiting.push(() => task().then(done, failed));
      void super.run(() => this.#waiting.pop()!());
    });
  }
}

lawsOf<new (count: number) => Pick<Slots, "run">>("Slots", Slots, (law) => {
  law("runs at most count at once, in order of arrival; a failure is its task's own and gives the slot back", {
    else: "cages compete for the processor and honest code runs out of its time",
    for: [fc.integer({ min: 1, max: 4 }), anyTasks],
    holds: async (Class, count, drawn) => {
      const slots = new Class(count);
      let [running, finished, most] = [0, 0, 0];
      const begun: number[] = [];
      const work = async ({ turns, fails }: Task, i: number): Promise<number> => {
        begun.push(i);
        running++;
        most = Math.max(most, running);
        for (let n = 0; n < turns; n++) await turn();
        running--;
        finished++;
        if (fails) throw new Error(String(i));
        return i;
      };
      const ended = (task: Task, i: number): Promise<number | string> =>
        slots.run(() => work(task, i)).catch((failure: Error) => failure.message);
      const results = drawn.map(ended);
      while (finished < drawn.length) {
        for (let n = 0; n < 3; n++) await turn();
        expect(running > 0 || finished === drawn.length, "somebody works while tasks wait").toBe(true);
      }
      expect(await Promise.all(results)).toEqual(drawn.map(({ fails }, i) => (fails ? String(i) : i)));
      expect(most).toBe(Math.min(count, drawn.length));
      expect(begun).toEqual(drawn.map((_, i) => i));
    },
    rejects: {
      "one more": [OneMore, 2, tasks],
      "one by one": [OneByOne, 2, tasks],
      "slots lost with failures": [LosesSlots, 2, tasks],
      "the last come first": [LastComeFirst, 2, tasks],
    },
    numRuns: 50,
  });
});
