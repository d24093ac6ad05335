import fc from "fast-check";
import { describe, it } from "vitest";
import { readMarshalValue } from "../../src/sandbox/marshalValue.ts";
import { marshalValueLaws as laws } from "./marshalValue.statements.ts";
import { pythonValue } from "./pythonValues.ts";

const tags = fc.constantFrom(..."NTFilgu([{0scyR");
/** Bytes that look like marshal more often than random ones do. */
const nearMarshal = fc
  .array(
    fc.oneof(
      tags.map((tag) => Buffer.from(tag)),
      fc.uint8Array({ maxLength: 5 }),
      fc.constant(Buffer.from([1, 0, 0, 0])),
    ),
    { maxLength: 20 },
  )
  .map((parts) => Buffer.concat(parts));

describe("readMarshalValue", () => {
  it("reads what marshal writes: read(dumps(x)) = x", () =>
    fc.assert(fc.property(pythonValue, (value) => laws.readsWhatMarshalWrites(readMarshalValue, value))));

  it("refuses what is cut short: read(prefix) = null", () =>
    fc.assert(
      fc.property(pythonValue, fc.double({ min: 0, max: 0.999, noNaN: true }), (value, share) =>
        laws.refusesWhatIsCutShort(readMarshalValue, value, share),
      ),
    ));

  it("refuses trailing bytes: read(dumps(x) + y) = null", () =>
    fc.assert(fc.property(pythonValue, (value) => laws.refusesTrailingBytes(readMarshalValue, value))));

  // ELSE a program crashes its grader by what it returns
  it("survives any bytes: a value or null", () =>
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), nearMarshal), (bytes) =>
        laws.survivesAnything(readMarshalValue, bytes),
      ),
    ));

  it("bounds the depth: more than 2000 levels -> null", () => {
    for (const levels of [1, 1999, 2000, 2001, 300_000]) laws.bounds(readMarshalValue, levels);
  });
});
