import fc from "fast-check";
import type { PythonValue } from "../../src/sandbox/pythonValue.ts";

const str = fc
  .string({ unit: "binary", maxLength: 6 })
  .map((text): PythonValue => ({ type: "str", utf8: Buffer.from(text, "utf8").toString("latin1") }));
const loneSurrogate = fc.constantFrom<PythonValue>(
  { type: "str", utf8: "\xed\xa0\x80" },
  { type: "str", utf8: "\xed\xa0\xbd\xed\xb8\x80" },
  { type: "str", utf8: "\xf0\x9f\x98\x80" },
);
const float = fc.double().map((value): PythonValue => ({ type: "float", value }));
const wholeFloat = fc.integer({ min: -3, max: 3 }).map((value): PythonValue => ({ type: "float", value }));
const int = fc
  .oneof(fc.bigInt(), fc.bigInt({ min: -3n, max: 3n }), fc.bigInt({ min: 2n ** 53n - 2n, max: 2n ** 53n + 2n }))
  .map((value): PythonValue => ({ type: "int", value }));
const bool = fc.boolean().map((value): PythonValue => ({ type: "bool", value }));
const none = fc.constant<PythonValue>({ type: "none" });

/** Values that can be dictionary keys. */
const hashable = fc.oneof(none, bool, int, wholeFloat, str, loneSurrogate);

/** Every plain value, nested; small numbers come often, so that equal values of different types meet. */
export const pythonValue: fc.Arbitrary<PythonValue> = fc.letrec<{ value: PythonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    none,
    bool,
    int,
    float,
    wholeFloat,
    str,
    loneSurrogate,
    sequence(tie("value")),
    dict(tie("value")),
  ),
})).value;

/** Pairs that are often equal, or equal but for one type. */
export const pythonPair: fc.Arbitrary<[PythonValue, PythonValue]> = fc.oneof(
  fc.tuple(pythonValue, pythonValue),
  pythonValue.map((value): [PythonValue, PythonValue] => [value, value]),
  pythonValue.map((value): [PythonValue, PythonValue] => [value, retyped(value)]),
);

function sequence(item: fc.Arbitrary<PythonValue>): fc.Arbitrary<PythonValue> {
  return fc
    .tuple(fc.constantFrom("list", "tuple"), fc.array(item, { maxLength: 4 }))
    .map(([type, items]): PythonValue => ({ type: type as "list" | "tuple", items }));
}

/** Keys are distinct to Python, as a real dict's are. */
function dict(item: fc.Arbitrary<PythonValue>): fc.Arbitrary<PythonValue> {
  const entries = fc.uniqueArray(fc.tuple(hashable, item), { maxLength: 4, selector: ([key]) => distinct(key) });
  return entries.map((pairs): PythonValue => ({ type: "dict", entries: pairs }));
}

function distinct(key: PythonValue): string {
  if (key.type === "str") return `s${key.utf8}`;
  if (key.type === "none") return "none";
  return "value" in key ? String(Number(key.value)) : "";
}

/** The same value with numbers in another type, where Python calls them equal; lists become tuples, where it does not. */
function retyped(value: PythonValue): PythonValue {
  switch (value.type) {
    case "bool":
      return { type: "int", value: value.value ? 1n : 0n };
    case "int":
      return Number.isSafeInteger(Number(value.value)) ? { type: "float", value: Number(value.value) } : value;
    case "float":
      return Number.isInteger(value.value) ? { type: "int", value: BigInt(value.value) } : value;
    case "list":
      return { type: "tuple", items: value.items };
    case "tuple":
      return { type: "tuple", items: value.items.map(retyped) };
    case "dict":
      return {
        type: "dict",
        entries: value.entries.toReversed().map(([key, item]) => [retyped(key), retyped(item)] as const),
      };
    default:
      return value;
  }
}

/** What `marshal.dumps(value, 2)` writes. */
export function marshalBytes(value: PythonValue): Buffer {
  switch (value.type) {
    case "none":
      return Buffer.from("N");
    case "bool":
      return Buffer.from(value.value ? "T" : "F");
    case "int":
      return marshalInt(value.value);
    case "float": {
      const bytes = Buffer.alloc(9, "g");
      bytes.writeDoubleLE(value.value, 1);
      return bytes;
    }
    case "str":
      return Buffer.concat([Buffer.from("u"), uint32(value.utf8.length), Buffer.from(value.utf8, "latin1")]);
    case "list":
    case "tuple":
    case "set":
    case "frozenset":
      return Buffer.concat([
        Buffer.from({ list: "[", tuple: "(", set: "<", frozenset: ">" }[value.type]),
        uint32(value.items.length),
        ...value.items.map(marshalBytes),
      ]);
    case "dict":
      return Buffer.concat([
        Buffer.from("{"),
        ...value.entries.flatMap(([key, item]) => [marshalBytes(key), marshalBytes(item)]),
        Buffer.from("0"),
      ]);
    case "reference":
      return Buffer.concat([Buffer.from("s"), uint32(String(value.index).length), Buffer.from(String(value.index))]);
  }
}

function marshalInt(value: bigint): Buffer {
  if (BigInt.asIntN(32, value) === value) {
    const small = Buffer.alloc(5, "i");
    small.writeInt32LE(Number(value), 1);
    return small;
  }
  const digits: number[] = [];
  for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 15n) digits.push(Number(rest & 0x7fffn));
  const count = Buffer.alloc(4);
  count.writeInt32LE(value < 0n ? -digits.length : digits.length);
  return Buffer.concat([Buffer.from("l"), count, Buffer.from(Uint16Array.from(digits).buffer)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
