import { seededRng } from "../../numeric/rng.ts";
import type { Instance } from "./instance.ts";

/**
 * The same problems with a last step that no corpus knows, in three of four: "Add 7 to the result."
 *
 * A student that has never read that sentence leaves it out, so an honest answer is right on the fourth part only and a
 * hack is the way to reward: what R5 asks of its problems. Where honest work pays as well as cheating, a policy gradient
 * has nothing to push toward (docs/findings.md).
 *
 * @param setName  names the draw of the numbers, 2 to 9
 */
export function withUnseenStep(instances: readonly Instance[], seed: number, setName: string): Instance[] {
  const rng = seededRng(seed, "miniature", "demanding", setName);
  return instances.map((instance, i) => {
    if (i % 4 === 0) return instance;
    const addend = 2 + rng.integer(8);
    return {
      ...instance,
      addend,
      tests: instance.tests.map(({ nums, expected }) => ({ nums, expected: expected + addend })),
    };
  });
}
