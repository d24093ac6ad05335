import fc from "fast-check";
import { expect } from "vitest";
import { pythonEquals } from "../../src/sandbox/pythonEquals.ts";
import type { PythonValue } from "../../src/sandbox/pythonValue.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { pythonPair, pythonValue } from "./pythonValues.ts";

type Equals = typeof pythonEquals;

const int = (value: bigint): PythonValue => ({ type: "int", value });
const float = (value: number): PythonValue => ({ type: "float", value });
const list = (...items: PythonValue[]): PythonValue => ({ type: "list", items });

function holdsNaN(value: PythonValue): boolean {
  if (value.type === "float") return Number.isNaN(value.value);
  if (value.type === "list" || value.type === "tuple") return value.items.some(holdsNaN);
  return value.type === "dict" && value.entries.flat().some(holdsNaN);
}

const nearTheFloats = fc.oneof(
  fc.bigInt(),
  fc.bigInt({ min: 2n ** 53n - 2n, max: 2n ** 53n + 2n }),
  fc.bigInt({ min: -2n, max: 2n }),
);

const one = int(1n);
const nan = float(Number.NaN);
const text = (value: PythonValue): string =>
  JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item));

const asNumbers: Equals = (a, b) =>
  "value" in a && "value" in b ? Number(a.value) === Number(b.value) : pythonEquals(a, b);
const byType: Equals = (a, b) => a.type === b.type && pythonEquals(a, b);
const bySpelling: Equals = (a, b) => text(a) === text(b);
const sequencesAlike: Equals = (a, b) =>
  "items" in a && "items" in b ? pythonEquals(list(...a.items), list(...b.items)) : pythonEquals(a, b);
const shallow: Equals = (a, b) =>
  "items" in a && "items" in b ? a.type === b.type && a.items.length === b.items.length : pythonEquals(a, b);
const prefix: Equals = (a, b) =>
  "items" in a && "items" in b
    ? a.type === b.type && a.items.every((item, i) => pythonEquals(item, b.items[i] ?? item))
    : pythonEquals(a, b);
const keysAsText: Equals = (a, b) => {
  if (a.type !== "dict" || b.type !== "dict") return pythonEquals(a, b);
  const bare = ({ entries }: typeof a) =>
    text(list(...entries.flat())).replaceAll(/"type":"\w+"|"utf8"|"value"|"/g, "");
  return bare(a) === bare(b);
};

lawsOf("pythonEquals", pythonEquals, (law) => {
  law("is reflexive but for NaN: a == a", {
    for: [pythonValue],
    holds: (equals, value) => expect(equals(value, value)).toBe(!holdsNaN(value)),
    rejects: { "NaN equal to itself": [bySpelling, nan] },
  });

  law("is symmetric: (a == b) = (b == a)", {
    for: [pythonPair],
    holds: (equals, [a, b]) => expect(equals(a, b)).toBe(equals(b, a)),
    rejects: { "a one-sided rule": [(a) => a.type === "int", [one, nan]] },
  });

  law("is exact on integers of any size: a == b iff a = b", {
    else: "a wrong large answer counts as right",
    for: [nearTheFloats, nearTheFloats],
    holds: (equals, a, b) => expect(equals(int(a), int(b))).toBe(a === b),
    rejects: { "integers compared as floats": [asNumbers, 2n ** 53n, 2n ** 53n + 1n] },
  });

  law("compares integers with floats exactly: a == b iff b is integral and equal", {
    for: [nearTheFloats, fc.oneof(fc.double(), fc.integer({ min: -2, max: 2 }), fc.constantFrom(2 ** 53, 2 ** 53 + 2))],
    // the float is not rounded to the integer, nor the integer to the float
    holds: (equals, a, b) => expect(equals(int(a), float(b))).toBe(Number.isInteger(b) && BigInt(b) === a),
    rejects: {
      "comparison as floats": [asNumbers, 2n ** 53n + 1n, 2 ** 53],
      "comparison by type": [byType, 1n, 1],
    },
  });

  law("counts bools as numbers: True == 1, False == 0", {
    for: [fc.boolean(), fc.bigInt({ min: -1n, max: 2n })],
    holds: (equals, a, b) => expect(equals({ type: "bool", value: a }, int(b))).toBe(b === (a ? 1n : 0n)),
    rejects: { "comparison by type": [byType, true, 1n] },
  });

  law("tells a list from a tuple: [x] != (x,)", {
    for: [fc.array(pythonValue, { maxLength: 3 })],
    holds: (equals, items) => expect(equals(list(...items), { type: "tuple", items })).toBe(false),
    rejects: { "sequences that are all alike": [sequencesAlike, [one]] },
  });

  law("goes into containers: [a] == [b] iff a == b, {1: a} == {1: b} iff a == b", {
    for: [pythonPair],
    holds: (equals, [a, b]) => {
      const dict = (value: PythonValue): PythonValue => ({ type: "dict", entries: [[one, value]] });
      expect([equals(list(a), list(b)), equals(dict(a), dict(b))]).toEqual([equals(a, b), equals(a, b)]);
      expect(equals(list(a), list(a, b))).toBe(false);
    },
    rejects: { "lengths only": [shallow, [one, nan]], prefixes: [prefix, [one, one]] },
  });

  law("ignores the order of keys: {k: x, l: y} == {l: y, k: x}", {
    for: [pythonValue],
    holds: (equals, value) => {
      if (value.type === "dict")
        expect(equals(value, { type: "dict", entries: value.entries.toReversed() })).toBe(equals(value, value));
    },
    rejects: { "comparison by spelling": [bySpelling, twoKeys()] },
  });

  law("tells keys apart by value, not by spelling: {1: x} != {'1': x}, {1: x} == {1.0: x}", {
    for: [fc.string()],
    holds: (equals, spelt) => {
      const keyed = (key: PythonValue): PythonValue => ({ type: "dict", entries: [[key, int(0n)]] });
      expect(equals(keyed(one), keyed({ type: "str", utf8: "1" }))).toBe(false);
      expect(equals(keyed({ type: "str", utf8: spelt }), keyed({ type: "str", utf8: `${spelt}x` }))).toBe(false);
      expect(equals(keyed(one), keyed(float(1)))).toBe(true);
    },
    rejects: { "comparison by spelling": [keysAsText, "a"] },
  });
});

function twoKeys(): PythonValue {
  return {
    type: "dict",
    entries: [
      [one, one],
      [{ type: "none" }, one],
    ],
  };
}
