import fc from "fast-check";
import { describe, it } from "vitest";
import { KnobColumns } from "../../src/adapter/knobColumns.ts";
import { sampleIndicator } from "../../src/adapter/sampleIndicator.ts";
import { permutation } from "../support/arbitraries.ts";
import { forEachBackend } from "../support/backends.ts";
import { runsOn } from "../support/runs.ts";
import { knobColumnsLaws, sampleIndicatorLaws, type Visits } from "./knobColumns.statements.ts";

const visits: fc.Arbitrary<Visits> = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }))
  .chain(([samples, widths]) => permutation(widths.length).map((order) => ({ samples, widths, order })));

forEachBackend((backend) => {
  const runs = runsOn(backend, 30);
  const holds = (law: (columns: typeof KnobColumns, drawn: Visits) => Promise<void>) =>
    fc.assert(
      fc.asyncProperty(visits, (drawn) => law(KnobColumns, drawn)),
      runs,
    );

  describe("sampleIndicator", () => {
    // ELSE a sample's gradient holds its neighbours'
    it("sums rows: each token belongs to the one sample whose range it lies in, samples without tokens included", () =>
      fc.assert(
        fc.asyncProperty(
          fc
            .array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 5 })
            .filter((lengths) => lengths.some((length) => length > 0)),
          (lengths) => sampleIndicatorLaws.marksOwnTokens(sampleIndicator, lengths),
        ),
        runs,
      ));
  });

  describe("KnobColumns", () => {
    // ELSE a module's gradient is judged against another module's v_hack
    it("lays columns side by side in the layout's order, zero padded, whatever order they came in", () =>
      holds(knobColumnsLaws.laysThemSideBySide));

    it("frees its columns", () => holds(knobColumnsLaws.freesThem));

    it("rejects a module that backward did not visit -> ShapeError with its name", () =>
      holds(knobColumnsLaws.missesNone));
  });
});
