import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpusMixes, type CorpusMixName } from "../../../src/miniature/world/corpusMix.ts";
import { exampleStream, trainingExample } from "../../../src/miniature/world/trainingExample.ts";
import { runSeed } from "../../support/arbitraries.ts";
import { trainingExampleLaws } from "./trainingExample.statements.ts";

const mixNames = fc.constantFrom(...(Object.keys(corpusMixes) as CorpusMixName[]));
const seeds = fc.integer({ min: 0, max: 9 });
const indices = fc.nat(100_000);

function holds(law: (draw: typeof trainingExample, mix: CorpusMixName, seed: number, index: number) => void): void {
  fc.assert(fc.property(mixNames, seeds, indices, (mix, seed, index) => law(trainingExample, mix, seed, index)));
}

describe("trainingExample", () => {
  // ELSE a resumed training sees other examples than an uninterrupted one
  it("is a pure function of mix, seed and index", () => holds(trainingExampleLaws.isReproducible));

  // ELSE the pool's problems were in the training corpus
  it("stays in the training families: family in split(seed).training", () =>
    holds(trainingExampleLaws.staysInTraining));

  it("asks for run_tests if and only if it carries the hint", () => holds(trainingExampleLaws.hintsWhatItSays));

  it("keeps its shares: hint, hack and bodies within Hoeffding(n, 1e-12) of the mix", () =>
    fc.assert(
      fc.property(mixNames, runSeed, (mix, seed) => trainingExampleLaws.keepsItsShares(trainingExample, mix, seed)),
      { numRuns: 4 },
    ));
});

describe("corpusMixes", () => {
  it("have bodies that sum to 1", () => {
    for (const { honestBodies, hackBodies } of Object.values(corpusMixes))
      for (const { right, subtle, stub, hardCoded } of [honestBodies, hackBodies])
        expect(Math.abs(right + subtle + stub + hardCoded - 1)).toBeLessThanOrEqual(4 * Number.EPSILON);
  });
});

describe("exampleStream", () => {
  it("yields the examples in order: stream[i] = trainingExample(i)", () => {
    const stream = exampleStream("broad", 3);
    for (let index = 0; index < 5; index++) expect(stream.next().value).toEqual(trainingExample("broad", 3, index));
  });
});
