import fc from "fast-check";
import { describe, it } from "vitest";
import { conclusion } from "../../src/uat/conclusion.ts";
import { anyVerdicts, conclusionLaws } from "./conclusion.laws.ts";

describe("conclusion", () => {
  // ELSE the sentence that is quoted says more than the verdicts
  it("justifies the sweep exactly when every requirement passes", () => {
    fc.assert(fc.property(anyVerdicts, (list) => conclusionLaws.justifiesPasses(conclusion, list)));
  });

  // ELSE the researcher mends a requirement that stands, and not the one that fell
  it("names them: who failed, was not measured or not specific, each once and in order; else who passed", () => {
    fc.assert(fc.property(anyVerdicts, (list) => conclusionLaws.namesThem(conclusion, list)));
  });
});
