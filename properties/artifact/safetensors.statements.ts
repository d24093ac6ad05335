import { readFile, writeFile } from "node:fs/promises";
import { expect } from "vitest";
import type { WritableTensor } from "../../src/artifact/safetensors.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

/** As much of a reader as the laws need: open, look at every tensor, close. */
export type ReadAll = (
  path: string,
) => Promise<{ metadata: Readonly<Record<string, string>>; tensors: Map<string, WritableTensor> }>;
export type WriteAll = (
  path: string,
  tensors: ReadonlyMap<string, WritableTensor>,
  metadata: Record<string, string>,
) => Promise<void>;

/** A file with this header and so many bytes of data; `declared` overrides the header length in its first eight bytes. */
export function fileOf(header: string, dataBytes: number, declared?: bigint): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, declared ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const entry = (dtype: string, shape: unknown, offsets: unknown): string =>
  JSON.stringify({ dtype, shape, data_offsets: offsets });

/** Files that lie, each with what its error says. */
export const hostile: readonly { name: string; bytes: Uint8Array; says: RegExp }[] = [
  { name: "an empty file", bytes: new Uint8Array(), says: /at least 10 bytes, got 0/ },
  {
    name: "a header longer than the file",
    bytes: fileOf("{}", 0, 2n ** 40n),
    says: /a header of at most 2 bytes, got a declared length of 1099511627776/,
  },
  {
    name: "a header length of 2^64 - 1",
    bytes: fileOf("{}", 0, 2n ** 64n - 1n),
    says: /declared length of 18446744073709551615/,
  },
  { name: "a header that is not JSON", bytes: fileOf("{]", 0), says: /a header that is JSON/ },
  { name: "a header that is no object", bytes: fileOf("[1]", 0), says: /JSON object/ },
  {
    name: "a header that is not UTF-8",
    bytes: fileOf("{}", 0).map((byte, i) => (i === 8 ? 0xff : byte)),
    says: /expected a readable file/,
  },
  {
    name: "an unknown dtype",
    bytes: fileOf(`{"w":${entry("F7", [1], [0, 4])}}`, 4),
    says: /dtype of F64 F32 F16 BF16 I64 I32 U8 BOOL, got "F7"/,
  },
  {
    name: "a dtype from the prototype",
    bytes: fileOf(`{"w":${entry("constructor", [1], [0, 4])}}`, 4),
    says: /got "constructor"/,
  },
  {
    name: "a negative size",
    bytes: fileOf(`{"w":${entry("F32", [-1], [0, 4])}}`, 4),
    says: /shape of whole numbers, got \[-1\]/,
  },
  {
    name: "an absurd size",
    bytes: fileOf(`{"w":${entry("F32", [2 ** 50, 2 ** 50], [0, 4])}}`, 4),
    says: /bytes, got 4 by its data_offsets/,
  },
  {
    name: "a size past 2^53",
    bytes: fileOf('{"w":{"dtype":"F32","shape":[1e300],"data_offsets":[0,4]}}', 4),
    says: /shape of whole numbers/,
  },
  {
    name: "a shape that is no list",
    bytes: fileOf(`{"w":${entry("F32", "4", [0, 4])}}`, 4),
    says: /shape of whole numbers/,
  },
  {
    name: "shape and length that disagree",
    bytes: fileOf(`{"w":${entry("F32", [2], [0, 4])}}`, 4),
    says: /\[2\] to take 8 bytes, got 4/,
  },
  {
    name: "offsets that run backwards",
    bytes: fileOf(`{"w":${entry("F32", [1], [4, 0])}}`, 4),
    says: /data_offsets \[begin, end\], got \[4,0\]/,
  },
  {
    name: "three offsets",
    bytes: fileOf(`{"w":${entry("F32", [1], [0, 4, 8])}}`, 8),
    says: /data_offsets \[begin, end\]/,
  },
  {
    name: "offsets beyond the file",
    bytes: fileOf(`{"w":${entry("F32", [2], [0, 8])}}`, 4),
    says: /expected 8 bytes of tensor data, as the header says, got 4/,
  },
  {
    name: "overlapping tensors",
    bytes: fileOf(`{"a":${entry("F32", [1], [0, 4])},"b":${entry("F32", [1], [2, 6])}}`, 6),
    says: /tensor b to begin at byte 4, where the one before it ends, got byte 2/,
  },
  {
    name: "a hole between tensors",
    bytes: fileOf(`{"a":${entry("F32", [1], [0, 4])},"b":${entry("F32", [1], [8, 12])}}`, 12),
    says: /tensor b to begin at byte 4/,
  },
  {
    name: "bytes after the last tensor",
    bytes: fileOf(`{"a":${entry("F32", [1], [0, 4])}}`, 5),
    says: /expected 4 bytes of tensor data, as the header says, got 5/,
  },
  {
    name: "a key twice",
    bytes: fileOf(`{"a":${entry("F32", [1], [0, 4])},"\\u0061":${entry("F32", [1], [0, 4])}}`, 4),
    says: /each key once in the header, got "a" twice/,
  },
  {
    name: "metadata that is no text",
    bytes: fileOf('{"__metadata__":{"k":1}}', 0),
    says: /__metadata__\.k to be a string, got 1/,
  },
  { name: "a tensor that is a number", bytes: fileOf('{"a":7}', 0), says: /tensor a to be an object, got 7/ },
];

/** Laws of a safetensors reader and writer, for the real ones and for their mutants. */
export const safetensorsLaws = {
  async roundTrips(
    write: WriteAll,
    read: ReadAll,
    tensors: ReadonlyMap<string, WritableTensor>,
    metadata: Record<string, string>,
  ): Promise<void> {
    await withTemporaryFile("x.safetensors", async (path) => {
      await write(path, tensors, metadata);
      const found = await read(path);
      expect(found.metadata).toEqual(metadata);
      expect(new Set(found.tensors.keys())).toEqual(new Set(tensors.keys()));
      for (const [name, tensor] of tensors) expect(found.tensors.get(name)).toEqual(tensor);
    });
  },

  async isReproducible(
    write: WriteAll,
    tensors: ReadonlyMap<string, WritableTensor>,
    metadata: Record<string, string>,
  ): Promise<void> {
    await withTemporaryFile("x.safetensors", async (path) => {
      await write(path, tensors, metadata);
      const forwards = await readFile(path);
      await write(path, new Map([...tensors].toReversed()), Object.fromEntries(Object.entries(metadata).toReversed()));
      expect(await readFile(path)).toEqual(forwards);
    });
  },

  async refuses(read: ReadAll, bytes: Uint8Array, says: RegExp): Promise<void> {
    await withTemporaryFile("x.safetensors", async (path) => {
      await writeFile(path, bytes);
      const outcome = await read(path).then(
        () => "read without an error",
        (error: Error) => `${error.name}: ${error.message}`,
      );
      expect(outcome).toMatch(/^ArtifactError: /);
      expect(outcome).toMatch(says);
      expect(outcome, "the file is named, and what to do").toMatch(
        /x\.safetensors: expected .* got .*; .*(again|right)/s,
      );
    });
  },
};
