import { expect } from "vitest";
import type { Slots } from "../../src/sandbox/slots.ts";

export type SlotsClass = new (count: number) => Pick<Slots, "run">;

/** How many turns a task takes (at least one: else it is over before the next begins), and whether it fails. */
export interface Task {
  readonly turns: number;
  readonly fails: boolean;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export const slotsLaws = {
  /** At most `count` at once and as many when there are; begun in order of arrival; each task's own result or failure. */
  async runsAtMost(Class: SlotsClass, count: number, tasks: readonly Task[]): Promise<void> {
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
    const results = tasks.map((task, i) =>
      slots
        .run(() => work(task, i))
        .then(
          (value) => value,
          (failure: Error) => failure.message,
        ),
    );
    while (finished < tasks.length) {
      for (let n = 0; n < 3; n++) await turn();
      expect(running > 0 || finished === tasks.length, "somebody works while tasks wait").toBe(true);
    }
    expect(await Promise.all(results)).toEqual(tasks.map(({ fails }, i) => (fails ? String(i) : i)));
    expect(most).toBe(Math.min(count, tasks.length));
    expect(begun).toEqual(tasks.map((_, i) => i));
  },
};
