import { readMarshalValue, readWithReferences } from "./marshalValue.ts";
import type { PythonValue } from "./pythonValue.ts";

/**
 * What a call of a submission returned.
 *
 * A linked list, a tree, a deque or a generator is no plain value. The cage sends it as its parts (`Lift` in program.py):
 * `lifted` then holds those bytes, known to be plain data of the right form, and `root` refers to the parts. All of it may be
 * forged: nothing here says that a class of that name exists, or what it does.
 */
export interface Answer {
  readonly root: PythonValue;
  readonly lifted: Uint8Array | null;
}

/** `(..., root, objects)`: a tuple of three whose first item is the ellipsis, which no plain value holds. */
const liftedHead = Buffer.from([0x28, 3, 0, 0, 0, 0x2e]);
const identifier = /^[A-Za-z_][A-Za-z_0-9]*$/;

/** The answer in a frame, or null: bytes that are none, or a value that cannot be carried out of the cage. */
export function readAnswer(blob: Uint8Array): Answer | null {
  if (!liftedHead.equals(blob.subarray(0, liftedHead.length))) {
    const root = readMarshalValue(blob);
    return root === null ? null : { root, lifted: null };
  }
  const root = readWithReferences(blob, liftedHead.length);
  const table = root === null ? null : readWithReferences(blob, root.end);
  if (root === null || table === null || table.end !== blob.length || table.value.type !== "list") return null;
  const count = table.value.items.length;
  const isWhole = table.value.items.every(isLifted) && refersWithin([root.value, table.value], count);
  return isWhole ? { root: root.value, lifted: blob } : null;
}

/** ("deque" or "iterator", items), ("range", [start, stop, step]) or (name of a class, [(attribute, value)...]) */
function isLifted(value: PythonValue): boolean {
  if (value.type !== "tuple" || value.items.length !== 2) return false;
  const [kind, parts] = value.items;
  if (kind?.type !== "str" || parts?.type !== "list" || !identifier.test(kind.utf8)) return false;
  return kind.utf8 === "deque" || kind.utf8 === "iterator" || kind.utf8 === "range" || parts.items.every(isField);
}

function isField(value: PythonValue): boolean {
  if (value.type !== "tuple" || value.items.length !== 2) return false;
  const [name] = value.items;
  return name?.type === "str" && identifier.test(name.utf8);
}

function refersWithin(values: readonly PythonValue[], count: number): boolean {
  return values.every((value) => {
    if (value.type === "reference") return value.index < count;
    if (value.type === "dict") return value.entries.every((entry) => refersWithin(entry, count));
    return "items" in value ? refersWithin(value.items, count) : true;
  });
}
