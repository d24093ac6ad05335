import fc from "fast-check";
import { describe, it } from "vitest";
import { provenance } from "../../../src/uat/common/provenance.ts";
import { anyClaimed, anyStages, provenanceLaws } from "./provenance.statements.ts";

describe("provenance", () => {
  // ELSE figures of two models, tokenizers, bases or v_hacks are compared as if they were of one
  it("finds disagreements: as many conflicts as things with two hashes; what nobody claims, and a v_hack that was given, conflicts with nothing", () => {
    fc.assert(
      fc.property(anyClaimed, anyStages, (claimed, stages) =>
        provenanceLaws.findsDisagreements(provenance, claimed, stages),
      ),
    );
  });

  // ELSE two hashes that differ are told as one, or the message is all hash
  it("shortens hashes: beyond 24 characters, cut", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), (length) => provenanceLaws.shortensHashes(provenance, length)),
      { examples: [[24], [25]] },
    );
  });
});
