import { describe, it } from "vitest";
import { conclusion } from "../../src/uat/conclusion.ts";
import { conclusionLaws, everyMixture } from "./conclusion.statements.ts";

describe("conclusion", () => {
  // ELSE the sentence that is quoted says more than the verdicts
  it("justifies the sweep exactly when every requirement passes", () => {
    for (const list of everyMixture) conclusionLaws.justifiesPasses(conclusion, list);
  });

  // ELSE the researcher mends a requirement that stands, and not the one that fell
  it("names them: who failed, was not measured or not specific, each once and in order; else who passed", () => {
    for (const list of everyMixture) conclusionLaws.namesThem(conclusion, list);
  });
});
