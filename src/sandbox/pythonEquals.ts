import type { PythonValue } from "./pythonValue.ts";

/**
 * Python's `==` on plain values: 2 == 2.0, True == 1, [1] != (1,), {1: 0} != {"1": 0}, nan != nan, ints exact at any size.
 *
 * An object that an answer refers to equals nothing here: what its class makes of `==` is for Python to evaluate.
 *
 * Two values from two processes are never the same object, so CPython's identity shortcut inside containers does not apply.
 */
export function pythonEquals(a: PythonValue, b: PythonValue): boolean {
  switch (a.type) {
    case "none":
      return b.type === "none";
    case "bool":
    case "int":
    case "float":
      return (b.type === "bool" || b.type === "int" || b.type === "float") && sameNumber(a, b);
    case "str":
      return b.type === "str" && a.utf8 === b.utf8;
    case "list":
    case "tuple":
      return (
        b.type === a.type &&
        a.items.length === b.items.length &&
        a.items.every((item, i) => pythonEquals(item, b.items[i]!))
      );
    case "set":
    case "frozenset":
      return (b.type === "set" || b.type === "frozenset") && sameSet(a.items, b.items);
    case "dict":
      return b.type === "dict" && sameDict(a.entries, b.entries);
    case "reference":
      return false;
  }
}

type PythonNumber = PythonValue & { type: "bool" | "int" | "float" };

function sameNumber(a: PythonNumber, b: PythonNumber): boolean {
  const x = exactNumber(a);
  const y = exactNumber(b);
  return x === y;
}

/** bigint when the value is integral, else the number (a fraction, an infinity or NaN). */
function exactNumber(value: PythonNumber): bigint | number {
  if (value.type === "float") return Number.isInteger(value.value) ? BigInt(value.value) : value.value;
  return value.type === "int" ? value.value : value.value ? 1n : 0n;
}

type Entries = readonly (readonly [PythonValue, PythonValue])[];

function sameDict(a: Entries, b: Entries): boolean {
  if (a.length !== b.length) return false;
  const byKey = new Map(b.map(([key, value]) => [keyText(key), value]));
  return a.every(([key, value]) => {
    const other = byKey.get(keyText(key));
    return other !== undefined && isEqualToItself(key) && pythonEquals(value, other);
  });
}

function sameSet(a: readonly PythonValue[], b: readonly PythonValue[]): boolean {
  const others = new Set(b.map(keyText));
  return a.length === b.length && a.every((item) => others.has(keyText(item)) && isEqualToItself(item));
}

/** A NaN key equals no key of another process, not even inside a tuple. */
function isEqualToItself(key: PythonValue): boolean {
  return pythonEquals(key, key);
}

/** Equal keys have equal text, unequal keys unequal text (NaN apart). Only hashable plain values can be keys. */
function keyText(key: PythonValue): string {
  switch (key.type) {
    case "none":
      return "None";
    case "bool":
    case "int":
    case "float":
      return numberText(exactNumber(key));
    case "str":
      return JSON.stringify(key.utf8);
    case "list":
    case "tuple":
      return `(${key.items.map(keyText).join(",")})`;
    case "set":
    case "frozenset":
      return `<${key.items.map(keyText).toSorted().join(",")}>`;
    case "reference":
      return `@${key.index}`;
    case "dict":
      return `{${key.entries.map(([k, v]) => `${keyText(k)}:${keyText(v)}`).join(",")}}`;
  }
}

/** Hexadecimal: a decimal numeral of a huge integer takes quadratic time. */
function numberText(value: bigint | number): string {
  return typeof value === "bigint" ? `#${value.toString(16)}` : `~${value}`;
}
