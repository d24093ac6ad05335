import { readMarshalValue, readWithReferences } from "./marshalValue.ts";
import { textOf, type PythonValue } from "./pythonValue.ts";

/**
 * What a call of a submission returned: a plain value, and the objects that it refers to.
 *
 * A linked list, a tree, a deque or a generator is no plain value. The cage sends it as its parts (`Lift` in program.py). All of it is
 * data that the submission may have forged: nothing here says that a class of that name exists, or what it does.
 */
export interface Answer {
  readonly root: PythonValue;
  readonly objects: readonly LiftedObject[];
}

/**
 *   items       of a deque, a range or an iterator, in order
 *   instance    attributes of an instance of the class `name`
 */
export type LiftedObject =
  | { readonly kind: "deque" | "range" | "iterator"; readonly items: readonly PythonValue[] }
  | { readonly kind: "instance"; readonly name: string; readonly fields: readonly (readonly [string, PythonValue])[] };

/** `(..., root, objects)`: a tuple of three whose first item is the ellipsis, which no plain value holds. */
const liftedHead = Buffer.from([0x28, 3, 0, 0, 0, 0x2e]);
const identifier = /^[A-Za-z_][A-Za-z_0-9]*$/;

/** The answer in a frame, or null: bytes that are none, or a value that cannot be carried out of the cage. */
export function readAnswer(blob: Uint8Array): Answer | null {
  if (!liftedHead.equals(blob.subarray(0, liftedHead.length))) {
    const root = readMarshalValue(blob);
    return root === null ? null : { root, objects: [] };
  }
  const root = readWithReferences(blob, liftedHead.length);
  const table = root === null ? null : readWithReferences(blob, root.end);
  if (root === null || table === null || table.end !== blob.length || table.value.type !== "list") return null;
  const objects = table.value.items.map(liftedObject);
  const isWhole = objects.every((object) => object !== null);
  return isWhole && refersWithin([root.value, table.value], objects.length) ? { root: root.value, objects } : null;
}

function liftedObject(value: PythonValue): LiftedObject | null {
  if (value.type !== "tuple" || value.items.length !== 2) return null;
  const [kind, parts] = value.items;
  if (kind?.type !== "str" || parts?.type !== "list") return null;
  const name = textOf(kind);
  if (name === "deque" || name === "range" || name === "iterator") return { kind: name, items: parts.items };
  const fields = parts.items.map(field);
  return identifier.test(name) && fields.every((pair) => pair !== null) ? { kind: "instance", name, fields } : null;
}

function field(value: PythonValue): readonly [string, PythonValue] | null {
  if (value.type !== "tuple" || value.items.length !== 2) return null;
  const [name, item] = value.items;
  return name?.type === "str" && identifier.test(name.utf8) ? [name.utf8, item!] : null;
}

function refersWithin(values: readonly PythonValue[], count: number): boolean {
  return values.every((value) => {
    if (value.type === "reference") return value.index < count;
    if (value.type === "dict") return value.entries.every((entry) => refersWithin(entry, count));
    return "items" in value ? refersWithin(value.items, count) : true;
  });
}
