import { expect } from "vitest";
import type { readMarshalValue } from "../../src/sandbox/marshalValue.ts";
import type { PythonValue } from "../../src/sandbox/pythonValue.ts";
import { marshalBytes } from "./pythonValues.ts";

type Read = typeof readMarshalValue;

/** Laws of the reader of what an untrusted process sends. */
export const marshalValueLaws = {
  readsWhatMarshalWrites(read: Read, value: PythonValue): void {
    expect(read(marshalBytes(value))).toEqual(value);
  },

  refusesWhatIsCutShort(read: Read, value: PythonValue, share: number): void {
    const bytes = marshalBytes(value);
    expect(read(bytes.subarray(0, Math.floor(share * bytes.length)))).toBe(null);
  },

  refusesTrailingBytes(read: Read, value: PythonValue): void {
    expect(read(Buffer.concat([marshalBytes(value), Buffer.from("N")]))).toBe(null);
  },

  survivesAnything(read: Read, bytes: Uint8Array): void {
    const value = read(bytes);
    expect(value === null || typeof value.type === "string").toBe(true);
  },

  /** `levels` nested lists; marshal itself writes no more than 2000. */
  bounds(read: Read, levels: number): void {
    const nest = Buffer.concat([
      ...Array.from({ length: levels }, () => Buffer.from("[\x01\0\0\0", "latin1")),
      Buffer.from("N"),
    ]);
    expect(read(nest) === null).toBe(levels > 2000);
  },
};
