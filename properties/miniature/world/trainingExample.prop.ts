import { describe, expect, it } from "vitest";
import { corpusMixes } from "../../../src/miniature/world/corpusMix.ts";
import { exampleStream, trainingExample } from "../../../src/miniature/world/trainingExample.ts";

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
