import { expect } from "vitest";
import type { pythonEquals } from "../../src/sandbox/pythonEquals.ts";
import type { PythonValue } from "../../src/sandbox/pythonValue.ts";

type Equals = typeof pythonEquals;

const int = (value: bigint): PythonValue => ({ type: "int", value });
const float = (value: number): PythonValue => ({ type: "float", value });
const list = (...items: PythonValue[]): PythonValue => ({ type: "list", items });

function holdsNaN(value: PythonValue): boolean {
  if (value.type === "float") return Number.isNaN(value.value);
  if (value.type === "list" || value.type === "tuple") return value.items.some(holdsNaN);
  return value.type === "dict" && value.entries.flat().some(holdsNaN);
}

/** Laws of Python's `==` on plain values of two processes. */
export const pythonEqualsLaws = {
  isReflexiveButForNaN(equals: Equals, value: PythonValue): void {
    expect(equals(value, value)).toBe(!holdsNaN(value));
  },

  isSymmetric(equals: Equals, a: PythonValue, b: PythonValue): void {
    expect(equals(a, b)).toBe(equals(b, a));
  },

  isExactOnIntegers(equals: Equals, a: bigint, b: bigint): void {
    expect(equals(int(a), int(b))).toBe(a === b);
  },

  /** The float is not rounded to the integer, nor the integer to the float. */
  comparesAcrossNumbers(equals: Equals, a: bigint, b: number): void {
    expect(equals(int(a), float(b))).toBe(Number.isInteger(b) && BigInt(b) === a);
  },

  boolsAreNumbers(equals: Equals, a: boolean, b: bigint): void {
    expect(equals({ type: "bool", value: a }, int(b))).toBe(b === (a ? 1n : 0n));
  },

  tellsListFromTuple(equals: Equals, items: readonly PythonValue[]): void {
    expect(equals({ type: "list", items }, { type: "tuple", items })).toBe(false);
  },

  goesIntoContainers(equals: Equals, a: PythonValue, b: PythonValue): void {
    const dict = (value: PythonValue): PythonValue => ({ type: "dict", entries: [[int(1n), value]] });
    expect([equals(list(a), list(b)), equals(dict(a), dict(b))]).toEqual([equals(a, b), equals(a, b)]);
    expect(equals(list(a), list(a, b))).toBe(false);
  },

  ignoresTheOrderOfKeys(equals: Equals, value: PythonValue & { type: "dict" }): void {
    expect(equals(value, { type: "dict", entries: value.entries.toReversed() })).toBe(equals(value, value));
  },

  tellsKeysApart(equals: Equals, text: string): void {
    const keyed = (key: PythonValue): PythonValue => ({ type: "dict", entries: [[key, int(0n)]] });
    expect(equals(keyed(int(1n)), keyed({ type: "str", utf8: "1" }))).toBe(false);
    expect(equals(keyed({ type: "str", utf8: text }), keyed({ type: "str", utf8: `${text}x` }))).toBe(false);
    expect(equals(keyed(int(1n)), keyed(float(1)))).toBe(true);
  },
};
