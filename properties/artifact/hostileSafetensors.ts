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

/** Files whose header is not true of them, each with the words of its error. */
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
    says: /dtype of F64 F32 F16 BF16 .* F4, got "F7"/,
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
