import fc from "fast-check";
import { expect } from "vitest";
import { readMarshalValue } from "../../src/sandbox/marshalValue.ts";
import type { PythonValue } from "../../src/sandbox/pythonValue.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { marshalBytes, pythonValue } from "./pythonValues.ts";

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

const one: PythonValue = { type: "int", value: 1n };
const lenient: typeof readMarshalValue = (bytes) => readMarshalValue(bytes) ?? { type: "none" };

lawsOf("readMarshalValue", readMarshalValue, (law) => {
  law("reads what marshal writes: read(dumps(x)) = x", {
    for: [pythonValue],
    holds: (read, value) => expect(read(marshalBytes(value))).toEqual(value),
    rejects: {
      "integers of 32 bits only": [
        (bytes) => (bytes[0] === 0x6c ? null : readMarshalValue(bytes)),
        { type: "int", value: 2n ** 40n },
      ],
    },
  });

  law("refuses what is cut short: read(prefix) = null", {
    for: [pythonValue, fc.double({ min: 0, max: 0.999, noNaN: true })],
    holds: (read, value, share) => {
      const bytes = marshalBytes(value);
      expect(read(bytes.subarray(0, Math.floor(share * bytes.length)))).toBe(null);
    },
    rejects: { "a reader that makes None of what it cannot read": [lenient, one, 0.5] },
  });

  law("refuses trailing bytes: read(dumps(x) + y) = null", {
    for: [pythonValue],
    holds: (read, value) => expect(read(Buffer.concat([marshalBytes(value), Buffer.from("N")]))).toBe(null),
    rejects: { "a reader that makes None of what it cannot read": [lenient, one] },
  });

  law("survives any bytes: a value or null", {
    else: "a program crashes its grader by what it returns",
    for: [fc.oneof(fc.uint8Array({ maxLength: 60 }), nearMarshal)],
    holds: (read, bytes) => {
      const value = read(bytes);
      expect(value === null || typeof value.type === "string").toBe(true);
    },
    rejects: { "a reader that answers undefined": [() => JSON.parse('{"type": 1}'), Buffer.from("N")] },
  });

  law("bounds the depth: more than 2000 levels -> null", {
    for: [fc.constantFrom(1, 1999, 2000, 2001, 300_000)],
    // nested lists; marshal itself writes no more than 2000 levels
    holds: (read, levels) => {
      const begin = Buffer.from("[\x01\0\0\0", "latin1");
      const nest = Buffer.concat([...Array.from({ length: levels }, () => begin), Buffer.from("N")]);
      expect(read(nest) === null).toBe(levels > 2000);
    },
    rejects: { "a reader that makes None of what it cannot read": [lenient, 2001] },
    examples: [[1], [1999], [2000], [2001], [300_000]],
    numRuns: 5,
  });
});
