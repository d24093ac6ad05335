import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { ArtifactError } from "../errors.ts";
import { writeFileAtomic } from "./atomicFile.ts";
import { openRegular } from "./openRegular.ts";
import { broken, parseSafetensorsHeader, type SafetensorsHeader, type TensorEntry } from "./safetensorsHeader.ts";
import { bitsOf, describedType, floatTypes, type StoredType } from "./storedTypes.ts";
import { narrowFloat64, widenBfloat16, widenFloat16 } from "./widen.ts";

/** The format allows 100 MB; a header of this size names a quarter of a million tensors. */
const maxHeaderBytes = 1 << 25;
/** Tensors are read in pieces of this size, so that no more than one piece exists beside the result. */
const pieceBytes = 1 << 26;

/** A tensor on the host in its own precision; F16 and BF16 arrive as their stored 16-bit words. */
export interface HostTensor {
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array | Uint16Array | BigInt64Array | Int32Array | Uint8Array;
}

/** What `writeSafetensors` takes: the typed array decides the dtype. */
export interface WritableTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array;
}

/** An open safetensors file: the header is in memory, tensors are read one at a time. */
export class SafetensorsFile {
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly names: readonly string[];
  readonly #header: SafetensorsHeader;
  readonly #dataStart: number;
  readonly #handle: FileHandle;

  constructor(path: string, handle: FileHandle, header: SafetensorsHeader, dataStart: number) {
    this.path = path;
    this.metadata = header.metadata;
    this.names = [...header.entries.keys()];
    this.#header = header;
    this.#dataStart = dataStart;
    this.#handle = handle;
  }

  has(name: string): boolean {
    return this.#header.entries.has(name);
  }

  /** @throws ArtifactError  there is no such tensor */
  info(name: string): { dtype: StoredType; shape: readonly number[] } {
    const { dtype, shape } = this.#entry(name);
    return { dtype, shape };
  }

  /** The tensor as stored. @throws ArtifactError  there is no such tensor, or the file changed since it was opened */
  async read(name: string): Promise<HostTensor> {
    const { dtype, shape, begin, end } = this.#entry(name);
    const bytes = new Uint8Array(end - begin);
    await this.#fill(bytes, begin, name);
    return { dtype, shape, data: viewAs(dtype, bytes.buffer) };
  }

  /**
   * The tensor in float32: exact from F32, F16 and BF16, rounded from F64.
   *
   * @throws ArtifactError  there is no such tensor, it holds integers, or the file changed since it was opened
   */
  async readFloat32(name: string): Promise<Float32Array> {
    const entry = this.#entry(name);
    if (!floatTypes.includes(entry.dtype))
      throw new ArtifactError(
        `${this.path}: expected tensor ${name} to hold floats (${floatTypes.join(" ")}), got ${describedType(entry.dtype)}`,
      );
    const size = bitsOf[entry.dtype] / 8;
    const values = new Float32Array((entry.end - entry.begin) / size);
    if (entry.dtype === "F32") {
      await this.#fill(new Uint8Array(values.buffer), entry.begin, name);
      return values;
    }
    const widen = widening(entry.dtype);
    for (let start = 0; start < values.length; start += pieceBytes / size) {
      const piece = values.subarray(start, start + pieceBytes / size);
      const bytes = new Uint8Array(piece.length * size);
      await this.#fill(bytes, entry.begin + start * size, name);
      widen(bytes.buffer, piece);
    }
    return values;
  }

  /** SHA-256 of the tensor's type, shape and bytes, read piece by piece. */
  async hash(name: string): Promise<string> {
    const { dtype, shape, begin, end } = this.#entry(name);
    const hash = createHash("sha256").update(`${dtype} ${shape.join()} `);
    for (let at = begin; at < end; at += pieceBytes) {
      const bytes = new Uint8Array(Math.min(pieceBytes, end - at));
      await this.#fill(bytes, at, name);
      hash.update(bytes);
    }
    return hash.digest("hex");
  }

  /** The tensor in float64, exact from every float dtype. @throws ArtifactError  as `readFloat32` */
  async readFloat64(name: string): Promise<Float64Array> {
    if (this.#entry(name).dtype !== "F64") return Float64Array.from(await this.readFloat32(name));
    return (await this.read(name)).data as Float64Array;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #entry(name: string): TensorEntry {
    const entry = this.#header.entries.get(name);
    if (entry !== undefined) return entry;
    const some = this.names.slice(0, 3).join(", ");
    throw new ArtifactError(
      `${this.path}: expected a tensor ${name}, got ${this.names.length} others (${some} ...); is this the right file?`,
    );
  }

  async #fill(bytes: Uint8Array, begin: number, name: string): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const length = Math.min(pieceBytes, bytes.length - done);
      const { bytesRead } = await this.#handle.read(bytes, done, length, this.#dataStart + begin + done);
      if (bytesRead === 0)
        throw broken(this.path, `${bytes.length} bytes of ${name}`, `${done}: the file shrank while open`);
      done += bytesRead;
    }
  }
}

/**
 * Open a safetensors file and check its header; no tensor is read yet.
 *
 * @throws ArtifactError  the file is missing, cut short, hostile or not safetensors
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const handle = await openRegular(path, "safetensors");
  try {
    const { size } = await handle.stat();
    const headerBytes = await readHeaderLength(handle, size, path);
    const header = Buffer.alloc(headerBytes);
    await handle.read(header, 0, headerBytes, 8);
    const parsed = parseSafetensorsHeader(strictUtf8(header), size - 8 - headerBytes, path);
    return new SafetensorsFile(path, handle, parsed, 8 + headerBytes);
  } catch (cause) {
    await handle.close();
    throw cause instanceof ArtifactError ? cause : broken(path, "a readable file", String(cause), cause);
  }
}

/** Open a safetensors file for as long as `use` runs. @throws ArtifactError  as `openSafetensors`, and what `use` throws */
export async function withSafetensors<T>(path: string, use: (file: SafetensorsFile) => Promise<T>): Promise<T> {
  const file = await openSafetensors(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/**
 * Write a safetensors file, whole or not at all; the same tensors and metadata give the same bytes in any order of insertion.
 *
 * Layout: wider elements first, then by name, so that every tensor is aligned; header padded with spaces to 8 bytes.
 *
 * @throws ArtifactError  a shape does not hold as many values as its data, or the file cannot be written
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, WritableTensor>,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await writeFileAtomic(path, safetensorsPieces(path, tensors, metadata));
}

/** The bytes of a safetensors file, in memory; see writeSafetensors. */
export function safetensorsBytes(
  name: string,
  tensors: ReadonlyMap<string, WritableTensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  return Buffer.concat(safetensorsPieces(name, tensors, metadata));
}

function safetensorsPieces(
  path: string,
  tensors: ReadonlyMap<string, WritableTensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array[] {
  const inOrder = [...tensors].toSorted(
    ([nameA, a], [nameB, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || (nameA < nameB ? -1 : 1),
  );
  const header: [string, unknown][] = [
    ["__metadata__", Object.fromEntries(Object.entries(metadata).toSorted(([a], [b]) => (a < b ? -1 : 1)))],
  ];
  let position = 0;
  for (const [name, { shape, data }] of inOrder) {
    const count = shape.reduce((product, size) => product * size, 1);
    if (count !== data.length || name === "__metadata__")
      throw new ArtifactError(
        `${path}: expected tensor ${name} [${shape.join(", ")}] to hold ${count} values, got ${data.length}`,
      );
    header.push([name, { dtype: dtypeOf(data), shape, data_offsets: [position, position + data.byteLength] }]);
    position += data.byteLength;
  }
  const json = new TextEncoder().encode(headerText(header));
  const start = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(start.buffer).setBigUint64(0, BigInt(start.length - 8), true);
  start.set(json, 8);
  return [start, ...inOrder.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
}

/** Spelled out, because an object would move keys that look like numbers to the front and swallow `__proto__`. */
function headerText(members: readonly [string, unknown][]): string {
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`;
}

function dtypeOf(data: Float32Array | Float64Array | Int32Array): StoredType {
  if (data instanceof Float64Array) return "F64";
  return data instanceof Float32Array ? "F32" : "I32";
}

function widening(dtype: StoredType): (bytes: ArrayBuffer, into: Float32Array) => void {
  if (dtype === "F16") return (bytes, into) => widenFloat16(new Uint16Array(bytes), into);
  if (dtype === "BF16") return (bytes, into) => widenBfloat16(new Uint16Array(bytes), into);
  return (bytes, into) => narrowFloat64(new Float64Array(bytes), into);
}

/** The values of the types that are as wide as a typed array's; any other as its bytes. */
function viewAs(dtype: StoredType, bytes: ArrayBuffer): HostTensor["data"] {
  const views: Partial<Record<StoredType, new (bytes: ArrayBuffer) => HostTensor["data"]>> = {
    F64: Float64Array,
    F32: Float32Array,
    F16: Uint16Array,
    BF16: Uint16Array,
    I64: BigInt64Array,
    I32: Int32Array,
  };
  return new (views[dtype] ?? Uint8Array)(bytes);
}

function strictUtf8(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

async function readHeaderLength(handle: FileHandle, size: number, path: string): Promise<number> {
  if (size < 10) throw broken(path, "at least 10 bytes", `${size}`);
  const prefix = Buffer.alloc(8);
  await handle.read(prefix, 0, 8, 0);
  const declared = prefix.readBigUInt64LE();
  const limit = Math.min(maxHeaderBytes, size - 8);
  if (declared > BigInt(limit))
    throw broken(path, `a header of at most ${limit} bytes`, `a declared length of ${declared}`);
  return Number(declared);
}
