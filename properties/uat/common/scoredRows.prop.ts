import fc from "fast-check";
import { describe, it } from "vitest";
import { hackedRows, scoredAlong, scoredAsRecorded } from "../../../src/uat/common/scoredRows.ts";
import { type Replay, type RowOfReplay, scoredRowsLaws, width } from "./scoredRows.statements.ts";

const entries = fc.array(fc.integer({ min: -2, max: 2 }), { minLength: width, maxLength: width });
const row: fc.Arbitrary<RowOfReplay> = fc.record({
  hacked: fc.boolean(),
  gtPass: fc.boolean(),
  problem: fc.nat({ max: 9 }),
  recorded: fc.constantFrom(null, Number.NaN, 0, -0.5, 0.25),
  gradient: fc.oneof(fc.constant([0, 0, 0]), entries),
});
const replay: fc.Arbitrary<Replay> = fc.array(fc.array(row, { maxLength: 4 }), { maxLength: 3 });
const all = { hackedRows, scoredAlong, scoredAsRecorded };

describe("hackedRows", () => {
  // ELSE R4 compares rows that did not hack, or a row with another row's gradient
  it("takes hacked rows with g / |g|: null where the gradient is zero or none is stored", () =>
    fc.assert(
      fc.property(replay, fc.nat({ max: 3 }), (drawn, absent) => scoredRowsLaws.takesHackedRows(all, drawn, absent)),
    ));
});

describe("scoredAlong", () => {
  // ELSE R4's cosines are not those of the v_hack that is judged
  it("scores gradients: cosine = <g, v> / |g|, rows without a direction left out", () =>
    fc.assert(
      fc.property(replay, entries, (drawn, direction) => scoredRowsLaws.scoresGradients(all, drawn, direction)),
    ));
});

describe("scoredAsRecorded", () => {
  it("reads the column: cosine = cos_S_contrib, rows without a finite one left out", () =>
    fc.assert(fc.property(replay, (drawn) => scoredRowsLaws.readsTheColumn(all, drawn))));
});
