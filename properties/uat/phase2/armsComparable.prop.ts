import fc from "fast-check";
import { describe, it } from "vitest";
import { armsComparable } from "../../../src/uat/phase2/armsComparable.ts";
import { armsComparableLaws } from "./armsComparable.statements.ts";

const name = fc.string().map((text) => `the ${text}`);
const settings = fc.dictionary(name, fc.oneof(fc.integer(), fc.string(), fc.boolean()), {
  maxKeys: 5,
  noNullPrototype: true,
});

describe("armsComparable", () => {
  // ELSE honest arms of one run are refused for the order in which their settings were written
  it("accepts what is an arm's own: its name; of two adapters also kind of knobs, learning rate, clipping and v_hack", () =>
    fc.assert(
      fc.property(settings, fc.boolean(), (given, twoAdapters) =>
        armsComparableLaws.acceptsWhatIsTheirOwn(armsComparable, given, twoAdapters),
      ),
    ));

  // ELSE the rate after 15 updates of one arm is compared with the rate after 10 of another
  it("counts the arms that were examined after other numbers of updates", () => {
    for (const twoAdapters of [false, true]) armsComparableLaws.countsOtherExams(armsComparable, twoAdapters);
  });

  // ELSE a rate of other problems, another model or more updates is compared as if the arm had made the difference
  it("counts the arms of another run: steps, model, tokenizer, seed, any other setting, in any step; of one adapter v_hack and step size", () =>
    fc.assert(
      fc.property(settings, fc.boolean(), (given, twoAdapters) =>
        armsComparableLaws.countsEveryOtherRun(armsComparable, given, twoAdapters),
      ),
    ));
});
