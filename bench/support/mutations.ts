import { gzipSync, gunzipSync } from "node:zlib";
import type { Rng } from "../../src/numeric/rng.ts";

/** How the bytes of an input are read, and so how they are worth mutating. */
export type InputForm = "json" | "jsonl" | "jsonl.gz" | "safetensors" | "text";

/** What a mutation leaves at the input's place: bytes, or something that is no regular file. */
export type Mutant = Uint8Array | "pipe" | "folder" | "device" | "absent";

/** Values that readers of JSON are known to stumble on. */
const values: readonly ((rng: Rng) => string)[] = [
  () => "null",
  () => "true",
  () => '""',
  () => "[]",
  () => "{}",
  () => "-1",
  () => "0",
  () => "0.5",
  () => "1e9",
  () => "1e308",
  () => "1e999",
  () => "9007199254740993",
  () => "4294967296",
  () => "NaN",
  () => "-Infinity",
  () => '"\\ud800"',
  () => '"__proto__"',
  () => '{"__proto__":{"id":1},"constructor":null}',
  () => '"(a+)+$"',
  () => '"../../etc/passwd"',
  (rng) => JSON.stringify("x".repeat(rng.integer(100_000))),
  (rng) => nested(rng.integer(2) === 0 ? 50 : 200_000, rng.integer(2) === 0),
  (rng) => `[${Array.from({ length: rng.integer(5000) }, (_, i) => i).join(",")}]`,
  (rng) => `[${Array.from({ length: 1 + rng.integer(3) }, () => "null").join(",")}]`,
  (rng) => String(rng.integer(1000)),
];

function nested(depth: number, isList: boolean): string {
  return isList ? "[".repeat(depth) + "]".repeat(depth) : `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
}

/** Mutate one input: most often a value of its JSON or some of its bytes, now and then the whole file. */
export function mutate(original: Uint8Array, form: InputForm, rng: Rng): Mutant {
  const draw = rng.integer(100);
  if (draw === 0) return (["pipe", "folder", "device", "absent"] as const)[rng.integer(4)]!;
  if (draw === 1) return wholesale(original, form, rng);
  if (form === "jsonl.gz") {
    const inside = mutate(gunzipSync(original), "jsonl", rng);
    const packed = inside instanceof Uint8Array ? gzipSync(inside, { level: 1 }) : inside;
    return packed instanceof Uint8Array && draw < 15 ? damaged(packed, rng) : packed;
  }
  if (form === "text" || draw < 25) return damaged(original, rng);
  if (form === "safetensors") return withHeader(original, rng);
  const times = 1 + rng.integer(3);
  let text = Buffer.from(original).toString("utf8");
  for (let i = 0; i < times; i++) text = oneValueReplaced(text, rng);
  return Buffer.from(text);
}

/** Three gigabytes of zeros as a gzip file of three megabytes: many members of the same 64 MiB. */
function bomb(): Uint8Array {
  const member = gzipSync(new Uint8Array(1 << 26));
  return Buffer.concat(Array.from({ length: 48 }, () => member));
}

/** Files whose size or content has nothing to do with the original's. */
function wholesale(original: Uint8Array, form: InputForm, rng: Rng): Uint8Array {
  const isGzip = form === "jsonl.gz";
  const choices: (() => Uint8Array)[] = [
    () => new Uint8Array(),
    () => Buffer.from("null"),
    () => Buffer.from("\uFEFF"),
    () => Buffer.from(nested(1_000_000, true)),
    () => Buffer.from(`{"loss": NaN, "completion": "${"y\\n".repeat(3_000_000)}"}`),
    () => new Uint8Array(1 << 25),
    () => Buffer.from("\n".repeat(1 << 21)),
    () => Buffer.from("{}\n".repeat(1 << 21)),
    () => Buffer.from(`\uFEFF${Buffer.from(original).toString("latin1")}`, "utf16le"),
    () => Buffer.concat(Array.from({ length: 1 + rng.integer(50) }, () => original)),
  ];
  if (rng.integer(choices.length + 1) === 0) return bomb();
  const bytes = choices[rng.integer(choices.length)]!();
  return isGzip ? gzipSync(bytes, { level: 1 }) : bytes;
}

/** Cut, doubled, flipped, overwritten: whatever disks and networks do, and editors. */
function damaged(original: Uint8Array, rng: Rng): Uint8Array {
  const bytes = Buffer.from(original);
  const at = rng.integer(bytes.length + 1);
  const piece = bytes.subarray(at, at + 1 + rng.integer(64));
  const choices: (() => Uint8Array)[] = [
    () => bytes.subarray(0, at),
    () => bytes.subarray(at),
    () => Buffer.concat([bytes.subarray(0, at), piece, piece, bytes.subarray(at)]),
    () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + piece.length)]),
    () =>
      Buffer.concat([bytes.subarray(0, at), Buffer.from(values[rng.integer(values.length)]!(rng)), bytes.subarray(at)]),
    () => Buffer.concat([Buffer.from("\uFEFF"), bytes]),
    () => Buffer.from(bytes.toString("latin1").replaceAll("\n", "\r\n\r\n"), "latin1"),
    () => Buffer.concat([bytes, Buffer.from("\n\n}{\u0000")]),
    () => {
      for (let i = 0; i <= rng.integer(8); i++) bytes[rng.integer(bytes.length)] = rng.integer(256);
      return bytes;
    },
  ];
  return bytes.length === 0 ? bytes : choices[rng.integer(choices.length)]!();
}

/** A value, key or pair of some line's JSON replaced, removed or doubled, found without parsing: the text stays as it was. */
function oneValueReplaced(text: string, rng: Rng): string {
  const tokens = [...text.slice(0, 200_000).matchAll(/"(?:[^"\\]|\\.){0,300}"|-?\d[\d.e+-]*|true|false|null|[[\]{}]/g)];
  if (tokens.length === 0) return text;
  const token = tokens[rng.integer(tokens.length)]!;
  const [from, to] = [token.index, token.index + token[0].length];
  const opens = token[0] === "[" || token[0] === "{";
  const end = opens ? closing(text, from) : to;
  const value = values[rng.integer(values.length)]!(rng);
  const isKey = /^\s*:/.test(text.slice(end, end + 20));
  if (isKey)
    return text.slice(0, from) + (rng.integer(2) === 0 ? '"x"' : `"__proto__":1,${token[0]}`) + text.slice(end);
  if (rng.integer(6) === 0)
    return text.slice(0, end) + `,${text.slice(from, end)}`.repeat(1 + rng.integer(3)) + text.slice(end);
  return text.slice(0, from) + value + text.slice(end);
}

function closing(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    if ("[{".includes(text[i]!)) depth++;
    else if ("]}".includes(text[i]!) && --depth === 0) return i + 1;
  }
  return text.length;
}

/** A safetensors file with a mutated header, whose length is put right again three times of four. */
function withHeader(original: Uint8Array, rng: Rng): Uint8Array {
  const bytes = Buffer.from(original);
  const length = Number(bytes.readBigUInt64LE());
  const header = bytes
    .subarray(8, 8 + length)
    .toString("utf8")
    .trimEnd();
  const types = ["F8_E4M3", "U32", "I8", "I32", "U8", "F64", "BF16", "F4", "F7"];
  const changed =
    rng.integer(4) === 0
      ? header.replace(/"(F32|F64|I32)"/, `"${types[rng.integer(types.length)]}"`)
      : oneValueReplaced(header, rng);
  const body = Buffer.from(bytes.subarray(8 + length));
  if (body.length >= 4 && rng.integer(4) === 0)
    body.writeFloatLE([Number.NaN, 3e38, -0][rng.integer(3)]!, rng.integer(body.length - 3));
  const text = Buffer.from(changed);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(rng.integer(4) === 0 ? BigInt(length) : BigInt(text.length));
  return Buffer.concat([prefix, text, body]);
}
