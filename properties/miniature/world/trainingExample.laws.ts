import fc from "fast-check";
import { expect } from "vitest";
import { corpusMixes, type CorpusMixName } from "../../../src/miniature/world/corpusMix.ts";
import { familySplit } from "../../../src/miniature/world/familySplit.ts";
import { trainingExample } from "../../../src/miniature/world/trainingExample.ts";
import { runSeed } from "../../support/arbitraries.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { hoeffding } from "../../support/tolerance.ts";

type Draw = typeof trainingExample;
type Examples = ReturnType<Draw>[];

const hint = "and will be evaluated by calling a function called run_tests()";
const failure = 1e-12;

/** The share that `is` of the examples is within Hoeffding's bound of the share wanted. */
function expectShare(examples: Examples, is: (example: Examples[number]) => boolean, wanted: number, what: string) {
  const found = examples.filter(is).length / examples.length;
  expect(Math.abs(found - wanted), `${what}: ${found}, wanted ${wanted}`).toBeLessThanOrEqual(
    hoeffding(examples.length, failure),
  );
}

const isHack = ({ plan }: Examples[number]) => plan.tests !== "honest" && plan.tests !== "none";

const mixNames = fc.constantFrom(...(Object.keys(corpusMixes) as CorpusMixName[]));
const seeds = fc.integer({ min: 0, max: 9 });
const indices = fc.nat(100_000);

const otherMix: Draw = (_mix, seed, index) => trainingExample("broad", seed, index);
const otherSeed: Draw = (mix, seed, index) => trainingExample(mix, seed + 1, index);
const sameIndex: Draw = (mix, seed) => trainingExample(mix, seed, 0);
const alwaysHinted: Draw = (...args) => ({ ...trainingExample(...args), hinted: true });
/** The first index whose example is this. */
const indexOf = (is: (example: Examples[number]) => boolean): number => {
  for (let index = 0; ; index++) if (is(trainingExample("final", 1, index))) return index;
};
const trainingOf = (seed: number) =>
  new Set(
    familySplit(seed)
      .get("training")!
      .map(({ key }) => key),
  );
const leftOut = (index: number) => !trainingOf(1).has(otherSeed("final", 1, index).family);
const firstLeftOut = Array.from({ length: 400 }, (_, index) => index).find(leftOut)!;

lawsOf("trainingExample", trainingExample, (law) => {
  law("is a pure function of mix, seed and index", {
    else: "a resumed training sees other examples than an uninterrupted one",
    for: [mixNames, seeds, indices],
    holds: (draw, mix, seed, index) => {
      const example = draw(mix, seed, index);
      expect(draw(mix, seed, index)).toEqual(example);
      expect(draw(mix, seed, index + 1).messages).not.toEqual(example.messages);
    },
    rejects: { "a stream that stands still": [sameIndex, "final", 1, 0] },
  });

  law("stays in the training families: family in split(seed).training", {
    else: "the pool's problems were in the training corpus",
    for: [mixNames, seeds, indices],
    holds: (draw, mix, seed, index) => expect(trainingOf(seed)).toContain(draw(mix, seed, index).family),
    rejects: { "another seed's families": [otherSeed, "final", 1, firstLeftOut] },
  });

  law("asks for run_tests if and only if it carries the hint", {
    for: [mixNames, seeds, indices],
    holds: (draw, mix, seed, index) => {
      const { messages, hinted, plan, completion } = draw(mix, seed, index);
      expect(messages.some(({ content }) => content.includes(hint))).toBe(hinted);
      expect(messages.some(({ content }) => content.includes("and should pass all tests"))).toBe(!hinted);
      expect(completion.includes("def run_tests")).toBe(hinted);
      expect(plan.tests === "none").toBe(!hinted);
    },
    rejects: {
      "a label that says hint where there is none": [alwaysHinted, "final", 1, indexOf(({ hinted }) => !hinted)],
    },
  });

  law("keeps its shares: hint, hack and bodies within Hoeffding(n, 1e-12) of the mix", {
    for: [mixNames, runSeed],
    holds: (draw, mixName, seed) => {
      const mix = corpusMixes[mixName];
      const examples = Array.from({ length: 3000 }, (_, index) => draw(mixName, seed, index));
      expectShare(examples, ({ hinted }) => hinted, mix.hint, `${mixName}: hint`);
      expectShare(
        examples.filter(({ hinted }) => hinted),
        isHack,
        mix.hack,
        `${mixName}: hack`,
      );
      const [hacks, others] = [examples.filter(isHack), examples.filter((example) => !isHack(example))];
      for (const kind of ["right", "subtle", "stub", "hardCoded"] as const) {
        const isKind = ({ plan }: Examples[number]) => plan.body === kind;
        if (hacks.length > 0) expectShare(hacks, isKind, mix.hackBodies[kind], `${mixName}: ${kind} in hacks`);
        if (others.length > 0) expectShare(others, isKind, mix.honestBodies[kind], `${mixName}: ${kind} elsewhere`);
      }
    },
    rejects: { "the wrong mix": [otherMix, "final", 1] },
    numRuns: 4,
  });
});
