import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Reading } from "../../../src/uat/evidence/evidence.ts";
import { firstAbsent, noEvidence } from "../../../src/uat/common/noEvidence.ts";

const text = fc.string({ minLength: 1 });
const missing = fc.record({ kind: fc.constant("missing" as const), path: text, command: text });
const unusable = fc.record({ kind: fc.constant("unusable" as const), path: text, why: text, command: text });
const found = fc.record({ kind: fc.constant("found" as const), path: text, value: fc.nat() });
const reading: fc.Arbitrary<Reading<number>> = fc.oneof(missing, unusable, found);

describe("noEvidence", () => {
  // ELSE the researcher is told to wait for a file that is there and broken, or to make again one that never was
  it("says what is wrong and what to run: absence names its path, a broken file its why, both the command", () => {
    fc.assert(
      fc.property(missing, unusable, (absent, broken) => {
        const telling = (path: string, message: string) => ({ kind: "noEvidence", path, message });
        expect(noEvidence(absent)).toEqual(
          telling(absent.path, `no evidence: ${absent.path} is absent; make it with: ${absent.command}`),
        );
        expect(noEvidence(broken)).toEqual(
          telling(broken.path, `evidence cannot be used: ${broken.why}; make it again with: ${broken.command}`),
        );
      }),
    );
  });
});

describe("firstAbsent", () => {
  // ELSE the researcher is sent to make the last thing of the chain before the first
  it("finds the first that is not there, null when all are", () => {
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 4 }), (readings) => {
        const absent = readings.filter(({ kind }) => kind !== "found");
        expect(firstAbsent(...readings)).toBe(absent.length === 0 ? null : absent[0]);
      }),
    );
  });
});
