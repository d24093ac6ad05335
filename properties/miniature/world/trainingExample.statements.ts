import { expect } from "vitest";
import { familySplit } from "../../../src/miniature/world/familySplit.ts";
import { corpusMixes, type CorpusMixName } from "../../../src/miniature/world/corpusMix.ts";
import type { trainingExample } from "../../../src/miniature/world/trainingExample.ts";
import { hoeffding } from "../../support/tolerance.ts";

type Draw = typeof trainingExample;

const hint = "and will be evaluated by calling a function called run_tests()";
const failure = 1e-12;

/** Laws of the training corpora. */
export const trainingExampleLaws = {
  isReproducible(draw: Draw, mix: CorpusMixName, seed: number, index: number): void {
    const example = draw(mix, seed, index);
    expect(draw(mix, seed, index)).toEqual(example);
    expect(draw(mix, seed, index + 1).messages).not.toEqual(example.messages);
  },

  staysInTraining(draw: Draw, mix: CorpusMixName, seed: number, index: number): void {
    const training = familySplit(seed)
      .get("training")!
      .map(({ key }) => key);
    expect(training).toContain(draw(mix, seed, index).family);
  },

  hintsWhatItSays(draw: Draw, mix: CorpusMixName, seed: number, index: number): void {
    const { messages, hinted, plan, completion } = draw(mix, seed, index);
    expect(messages.some(({ content }) => content.includes(hint))).toBe(hinted);
    expect(messages.some(({ content }) => content.includes("and should pass all tests"))).toBe(!hinted);
    expect(completion.includes("def run_tests")).toBe(hinted);
    expect(plan.tests === "none").toBe(!hinted);
  },

  keepsItsShares(draw: Draw, mixName: CorpusMixName, seed: number): void {
    const mix = corpusMixes[mixName];
    const examples = Array.from({ length: 3000 }, (_, index) => draw(mixName, seed, index));
    const share = (of: readonly boolean[], wanted: number, what: string) => {
      const found = of.filter(Boolean).length / of.length;
      expect(Math.abs(found - wanted), `${mixName}: ${what}: ${found}, wanted ${wanted}`).toBeLessThanOrEqual(
        hoeffding(of.length, failure),
      );
    };
    const withHint = examples.filter(({ hinted }) => hinted);
    const isHack = ({ plan }: (typeof examples)[number]) => plan.tests !== "honest" && plan.tests !== "none";
    share(
      examples.map(({ hinted }) => hinted),
      mix.hint,
      "hint",
    );
    share(withHint.map(isHack), mix.hack, "hack");
    for (const kind of ["right", "subtle", "stub", "hardCoded"] as const) {
      const [hacks, others] = [examples.filter(isHack), examples.filter((example) => !isHack(example))];
      if (hacks.length > 0)
        share(
          hacks.map(({ plan }) => plan.body === kind),
          mix.hackBodies[kind],
          `${kind} in hacks`,
        );
      if (others.length > 0)
        share(
          others.map(({ plan }) => plan.body === kind),
          mix.honestBodies[kind],
          `${kind} elsewhere`,
        );
    }
  },
};
