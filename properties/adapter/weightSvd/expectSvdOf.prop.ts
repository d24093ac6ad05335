import fc from "fast-check";
import { describe, it } from "vitest";
import { expectSvdOf } from "../../../src/adapter/weightSvd/expectSvdOf.ts";
import { expectSvdOfLaws, spoilings } from "./expectSvdOf.statements.ts";
import { float32SvdOf } from "../../support/float32SvdOf.ts";
import { seededWeight } from "../../support/seededWeight.ts";

const shape = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.nat());

describe("expectSvdOf", () => {
  it("accepts every SVD that was rounded to float32, a zero weight's too", () => {
    fc.assert(
      fc.property(shape, fc.constantFrom(0, 1e-30, 1, 1e30), ([rows, cols, seed], scale) => {
        const plain = seededWeight("w", rows, cols, seed);
        const weight = { ...plain, data: plain.data.map((value) => value * scale) };
        expectSvdOfLaws.accepts(expectSvdOf, weight, float32SvdOf(weight));
      }),
    );
  });

  // ELSE a cache made by a faulty version is believed for ever
  it.each(spoilings)("rejects $name -> ArtifactError", ({ spoil, says }) => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom([6, 4], [4, 6], [5, 5]), (seed, [rows, cols]) => {
        const weight = seededWeight("w", rows!, cols!, seed);
        const svd = float32SvdOf(weight);
        expectSvdOfLaws.refuses(expectSvdOf, weight, { ...svd, ...spoil(svd) }, says);
      }),
    );
  });
});
