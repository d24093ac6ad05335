import fc from "fast-check";
import { describe, it } from "vitest";
import { JsonlAppender } from "../../src/artifact/jsonlAppender.ts";
import { jsonlAppenderLaws } from "./jsonlAppender.statements.ts";

const rows = fc.array(fc.record({ id: fc.nat(), text: fc.string({ unit: "grapheme" }) }, { noNullPrototype: true }), {
  maxLength: 5,
});
const runs = { numRuns: 50 };

describe("JsonlAppender", () => {
  // ELSE a run that was killed goes on with a broken row, or writes one twice
  it("survives a kill at any byte: open(cut file).rows = its whole rows; appending goes on after them", () =>
    fc.assert(
      fc.asyncProperty(
        rows,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        rows,
        (before, share, after) => jsonlAppenderLaws.survivesAKill(JsonlAppender.open, before, share, after),
      ),
      runs,
    ));

  it("rejects a foreign file -> ArtifactError with the line, the file as it was", () =>
    fc.assert(
      fc.asyncProperty(rows, fc.constantFrom("", "{", "id,text", "[1,", "nul"), (before, line) =>
        jsonlAppenderLaws.leavesForeignFilesAlone(JsonlAppender.open, before, line),
      ),
      runs,
    ));
});
