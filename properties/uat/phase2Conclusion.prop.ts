import fc from "fast-check";
import { describe, it } from "vitest";
import { phase2Conclusion } from "../../src/uat/conclusion.ts";
import { phase2ConclusionLaws } from "./phase2Conclusion.statements.ts";

const came = fc.array(fc.constantFrom("PASS", "PASS, not specific", "CLEAN NEGATIVE", "FAIL", "unmeasured"), {
  minLength: 1,
  maxLength: 7,
});

describe("phase2Conclusion", () => {
  // ELSE a requirement that nobody measured is told as one that failed, or a clean no as a failure
  it("says each requirement once, with those that came out alike: passed, not specifically, a clean no, failed, not measured", () =>
    fc.assert(fc.property(came, (how) => phase2ConclusionLaws.saysEachOnce(phase2Conclusion, how))));
});
