import fc from "fast-check";
import { expect } from "vitest";
import { firstAbsent, noEvidence } from "../../../src/uat/common/noEvidence.ts";
import type { Reading } from "../../../src/uat/evidence/evidence.ts";
import { lawsOf } from "../../support/lawsOf.ts";

const text = fc.string({ minLength: 1 });
const missing = fc.record({ kind: fc.constant("missing" as const), path: text, command: text });
const unusable = fc.record({ kind: fc.constant("unusable" as const), path: text, why: text, command: text });
const found = fc.record({ kind: fc.constant("found" as const), path: text, value: fc.nat() });
const reading: fc.Arbitrary<Reading<number>> = fc.oneof(missing, unusable, found);

const absent = { kind: "missing", path: "a", command: "vhack a" } as const;
const broken = { kind: "unusable", path: "b", why: "cut short", command: "vhack b" } as const;

lawsOf("noEvidence", noEvidence, (law) => {
  law("says what is wrong and what to run: absence names its path, a broken file its why, both the command", {
    else: "the researcher is told to wait for a file that is there and broken, or to make again one that never was",
    for: [missing, unusable],
    holds: (unavailable, absent, broken) => {
      const telling = (path: string, message: string) => ({ kind: "noEvidence", path, message });
      expect(unavailable(absent)).toEqual(
        telling(absent.path, `no evidence: ${absent.path} is absent; make it with: ${absent.command}`),
      );
      expect(unavailable(broken)).toEqual(
        telling(broken.path, `evidence cannot be used: ${broken.why}; make it again with: ${broken.command}`),
      );
    },
    rejects: {
      "a broken file told as absent": [(reading) => noEvidence({ ...reading, kind: "missing" }), absent, broken],
    },
  });
});

lawsOf("firstAbsent", firstAbsent, (law) => {
  law("finds the first that is not there, null when all are", {
    else: "the researcher is sent to make the last thing of the chain before the first",
    for: [fc.array(reading, { maxLength: 4 })],
    holds: (first, readings) => {
      const absent = readings.filter(({ kind }) => kind !== "found");
      expect(first(...readings)).toBe(absent.length === 0 ? null : absent[0]);
    },
    rejects: {
      "the last": [(...readings) => firstAbsent(...readings.toReversed()), [absent, broken]],
      "broken files taken for found": [
        (...readings) => firstAbsent(...readings.filter(({ kind }) => kind !== "unusable")),
        [broken],
      ],
    },
  });
});
