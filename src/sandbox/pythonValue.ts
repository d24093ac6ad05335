/**
 * A plain Python value outside Python, with its exact type.
 *
 * `str` holds the UTF-8 bytes (surrogates encoded one by one, as Python's "surrogatepass" does), one character per byte:
 * JavaScript strings cannot tell a pair of lone surrogates from the character that they would make.
 */
export type PythonValue =
  | { readonly type: "none" }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "int"; readonly value: bigint }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "str"; readonly utf8: string }
  | { readonly type: "list" | "tuple" | "set" | "frozenset"; readonly items: readonly PythonValue[] }
  | { readonly type: "dict"; readonly entries: readonly (readonly [PythonValue, PythonValue])[] }
  | { readonly type: "reference"; readonly index: number }; // to an object of the answer that holds it: see answer.ts

/** The text of a `str`, for trusted values without lone surrogates. */
export function textOf(value: PythonValue & { type: "str" }): string {
  return Buffer.from(value.utf8, "latin1").toString("utf8");
}
