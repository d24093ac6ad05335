import type { PythonValue } from "./pythonValue.ts";

const deepest = 2000; // marshal's own MAX_MARSHAL_STACK_DEPTH

const none: PythonValue = { type: "none" };
const boolean: Readonly<Record<string, PythonValue>> = {
  T: { type: "bool", value: true },
  F: { type: "bool", value: false },
};

/**
 * Reads one `marshal.dumps(value, 2)`: exact builtin None, bool, int, float, str, list, tuple, set, frozenset, dict.
 *
 *   N T F            None, True, False
 *   i l              int: 32 bits, or a signed count of 15-bit digits
 *   g                float: 8 bytes
 *   u                str: 32-bit byte count, UTF-8 with surrogates let through
 *   ( [ < >          tuple, list, set, frozenset: 32-bit count, items
 *   { ... 0          dict: key and value in turn, closed by NULL
 *
 * Anything else (another type, cut short, trailing bytes) is null: the value is not plain.
 *
 * @see CPython 3.11, Python/marshal.c
 */
export function readMarshalValue(blob: Uint8Array): PythonValue | null {
  return new MarshalReader(blob, 0, false).whole();
}

/** The same from byte `at` on, where a bytes object is the decimal number of an object that is referred to. */
export function readWithReferences(blob: Uint8Array, at: number): { value: PythonValue; end: number } | null {
  const reader = new MarshalReader(blob, at, true);
  const value = reader.value();
  return value === null || value === "end" ? null : { value, end: reader.at };
}

class MarshalReader {
  at: number;
  #depth = 0;
  readonly #bytes: Buffer;
  readonly #refers: boolean;

  constructor(blob: Uint8Array, at: number, refers: boolean) {
    this.#bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
    this.at = at;
    this.#refers = refers;
  }

  /** The value that all bytes make, or null. */
  whole(): PythonValue | null {
    const value = this.value();
    return value !== null && value !== "end" && this.at === this.#bytes.length ? value : null;
  }

  /** "end" is marshal's NULL, which closes a dict. */
  value(): PythonValue | "end" | null {
    if (this.at >= this.#bytes.length) return null;
    const tag = String.fromCharCode(this.#bytes[this.at++]!);
    switch (tag) {
      case "N":
        return none;
      case "T":
      case "F":
        return boolean[tag]!;
      case "i": {
        const value = this.#int32();
        return value === null ? null : { type: "int", value: BigInt(value) };
      }
      case "l":
        return this.#long();
      case "g":
        if (this.at + 8 > this.#bytes.length) return null;
        this.at += 8;
        return { type: "float", value: this.#bytes.readDoubleLE(this.at - 8) };
      case "u":
        return this.#str();
      case "(":
        return this.#nested(() => this.#items("tuple"));
      case "[":
        return this.#nested(() => this.#items("list"));
      case "<":
        return this.#nested(() => this.#items("set"));
      case ">":
        return this.#nested(() => this.#items("frozenset"));
      case "s":
        return this.#refers ? this.#reference() : null;
      case "{":
        return this.#nested(() => this.#dict());
      case "0":
        return "end";
      default:
        return null;
    }
  }

  /** The bytes may be forged: nesting deeper than marshal itself writes would only overflow our stack. */
  #nested(read: () => PythonValue | null): PythonValue | null {
    if (++this.#depth > deepest) return null;
    const value = read();
    this.#depth--;
    return value;
  }

  #int32(): number | null {
    if (this.at + 4 > this.#bytes.length) return null;
    this.at += 4;
    return this.#bytes.readInt32LE(this.at - 4);
  }

  /** Fifteen-bit digits, least significant first, read as one binary numeral. */
  #long(): PythonValue | null {
    const count = this.#int32();
    if (count === null || this.at + 2 * Math.abs(count) > this.#bytes.length) return null;
    const digits: string[] = [];
    for (let i = Math.abs(count) - 1; i >= 0; i--) {
      digits.push(
        this.#bytes
          .readUInt16LE(this.at + 2 * i)
          .toString(2)
          .padStart(15, "0"),
      );
    }
    this.at += 2 * Math.abs(count);
    const magnitude = BigInt(`0b0${digits.join("")}`);
    return { type: "int", value: count < 0 ? -magnitude : magnitude };
  }

  #str(): PythonValue | null {
    const length = this.#int32();
    if (length === null || length < 0 || this.at + length > this.#bytes.length) return null;
    this.at += length;
    return { type: "str", utf8: this.#bytes.toString("latin1", this.at - length, this.at) };
  }

  #reference(): PythonValue | null {
    const text = this.#str();
    const index = text?.type === "str" && /^\d{1,7}$/.test(text.utf8) ? Number(text.utf8) : null;
    return index === null ? null : { type: "reference", index };
  }

  #items(type: "list" | "tuple" | "set" | "frozenset"): PythonValue | null {
    const length = this.#int32();
    if (length === null || length < 0 || length > this.#bytes.length - this.at) return null;
    const items: PythonValue[] = [];
    for (let i = 0; i < length; i++) {
      const item = this.value();
      if (item === null || item === "end") return null;
      items.push(item);
    }
    return { type, items };
  }

  #dict(): PythonValue | null {
    const entries: [PythonValue, PythonValue][] = [];
    for (;;) {
      const key = this.value();
      if (key === "end") return { type: "dict", entries };
      const value = key === null ? null : this.value();
      if (key === null || value === null || value === "end") return null;
      entries.push([key, value]);
    }
  }
}
