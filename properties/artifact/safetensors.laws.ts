import { readFile, writeFile } from "node:fs/promises";
import fc from "fast-check";
import { expect } from "vitest";
import { openSafetensors, writeSafetensors, type WritableTensor } from "../../src/artifact/safetensors.ts";
import { widenBfloat16, widenFloat16 } from "../../src/artifact/widen.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";
import { fileOf, hostile } from "./hostileSafetensors.ts";

type Tensors = ReadonlyMap<string, WritableTensor>;
/** As much of a reader as the laws need: open, look at every tensor, close. */
type Read = (path: string) => Promise<{ metadata: Readonly<Record<string, string>>; tensors: Tensors }>;
type Write = (path: string, tensors: Tensors, metadata: Record<string, string>) => Promise<void>;
/** The two, as one unit: what is written is what is read. */
interface File {
  readonly write: Write;
  readonly read: Read;
}

const readAll: Read = async (path) => {
  const file = await openSafetensors(path);
  try {
    const tensors = new Map<string, WritableTensor>();
    for (const name of file.names) {
      const { shape, data } = await file.read(name);
      tensors.set(name, { shape, data: data as WritableTensor["data"] });
    }
    return { metadata: file.metadata, tensors };
  } finally {
    await file.close();
  }
};
const real: File = { write: writeSafetensors, read: readAll };

const tensor: fc.Arbitrary<WritableTensor> = fc.array(fc.nat(3), { maxLength: 3 }).chain((shape) => {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = <T>(item: fc.Arbitrary<number>, from: (list: number[]) => T): fc.Arbitrary<T> =>
    fc.array(item, { minLength: count, maxLength: count }).map(from);
  return fc
    .oneof(
      values(fc.float(), (list) => Float32Array.from(list)),
      values(fc.double(), (list) => Float64Array.from(list)),
      values(fc.integer(), (list) => Int32Array.from(list)),
    )
    .map((data): WritableTensor => ({ shape, data }));
});
const name = fc
  .oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("12", "__proto__", "constructor", "a.b"))
  .filter((text) => text !== "__metadata__");
const named: fc.Arbitrary<Tensors> = fc
  .uniqueArray(fc.tuple(name, tensor), { selector: ([text]) => text, maxLength: 5 })
  .map((entries) => new Map(entries));
const anyMetadata = fc.dictionary(
  fc.string().filter((key) => key !== "__proto__"),
  fc.string({ unit: "grapheme" }),
  { noNullPrototype: true, maxKeys: 3 },
);

/** A reader that believes whatever the header says. */
const credulous: Read = async (path) => {
  const bytes = await readFile(path);
  const headerBytes = Number(bytes.length >= 8 ? bytes.readBigUInt64LE() : 0n);
  try {
    const { __metadata__: metadata = {} } = JSON.parse(bytes.subarray(8, 8 + headerBytes).toString()) as {
      __metadata__?: Record<string, string>;
    };
    return { metadata, tensors: new Map() };
  } catch {
    return { metadata: {}, tensors: new Map() };
  }
};
const inOrder: Write = async (path, tensors) => writeFile(path, JSON.stringify([...tensors.keys()]));
const unshaped: Write = (path, tensors, metadata) =>
  writeSafetensors(
    path,
    new Map([...tensors].map(([key, { data }]) => [key, { shape: [data.length], data }])),
    metadata,
  );
const two: Tensors = new Map([
  ["a", { shape: [2], data: Float32Array.of(1, 2) }],
  ["b", { shape: [1], data: Float32Array.of(3) }],
]);

lawsOf<File>("writeSafetensors", real, (law) => {
  law("round-trips, bit for bit: read(write(tensors)) = tensors", {
    for: [named, anyMetadata],
    holds: ({ write, read }, tensors, metadata) =>
      withTemporaryFile("x.safetensors", async (path) => {
        await write(path, tensors, metadata);
        const found = await read(path);
        expect(found.metadata).toEqual(metadata);
        expect(new Set(found.tensors.keys())).toEqual(new Set(tensors.keys()));
        for (const [key, value] of tensors) expect(found.tensors.get(key)).toEqual(value);
      }),
    rejects: { "a reader that finds nothing": [{ ...real, read: credulous }, two, {}] },
  });

  law("is reproducible: the same tensors give the same bytes in any order of insertion", {
    for: [named, anyMetadata],
    holds: ({ write }, tensors, metadata) =>
      withTemporaryFile("x.safetensors", async (path) => {
        await write(path, tensors, metadata);
        const forwards = await readFile(path);
        await write(
          path,
          new Map([...tensors].toReversed()),
          Object.fromEntries(Object.entries(metadata).toReversed()),
        );
        expect(await readFile(path)).toEqual(forwards);
      }),
    numRuns: 30,
    rejects: { "a writer that keeps the order of insertion": [{ ...real, write: inOrder }, two, {}] },
  });

  law("rejects a shape that does not hold its data -> ArtifactError", {
    for: [],
    holds: ({ write }) =>
      withTemporaryFile("x", (path) =>
        expect(write(path, new Map([["a", { shape: [2], data: new Float32Array(3) }]]), {})).rejects.toThrow(
          /to hold 2 values, got 3/,
        ),
      ),
    rejects: { "the data's own length for its shape": [{ ...real, write: unshaped }] },
  });
});

function refuses(read: Read, bytes: Uint8Array, says: RegExp): Promise<void> {
  return withTemporaryFile("x.safetensors", async (path) => {
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
}

lawsOf<Read>("openSafetensors", readAll, (law) => {
  law("rejects a file cut short at every byte -> ArtifactError", {
    else: "half a model is taken for a whole one",
    for: [],
    holds: (read) =>
      withTemporaryFile("whole", async (path) => {
        const s: WritableTensor = { shape: [1], data: Float64Array.of(4) };
        await writeSafetensors(
          path,
          new Map([
            ["w", two.get("a")!],
            ["s", s],
          ]),
          { k: "v" },
        );
        const whole = await readFile(path);
        for (let length = 0; length < whole.length; length++)
          await refuses(read, whole.subarray(0, length), /expected/);
      }),
    rejects: { "a reader that believes the header": [credulous] },
  });

  law("rejects a header that is not true of its file, and says in what -> ArtifactError", {
    for: [fc.constantFrom(...hostile)],
    holds: (read, { bytes, says }) => refuses(read, bytes, says),
    examples: hostile.map((file): [(typeof hostile)[number]] => [file]),
    rejects: Object.fromEntries(
      hostile.map((file) => [`a reader that believes the header (${file.name})`, [credulous, file] as const]),
    ),
  });

  law("rejects bytes of other kinds -> ArtifactError", {
    for: [fc.uint8Array({ maxLength: 64 })],
    holds: (read, bytes) => refuses(read, bytes, /expected/),
    rejects: { "a reader that believes the header": [credulous, Uint8Array.of(1, 2, 3)] },
  });
});

lawsOf("openSafetensors", openSafetensors, (law) => {
  law(
    "widens F16, BF16 and F64 from the file as from memory: readFloat32(w) = widen(bits), readFloat64(w) = the same",
    {
      for: [],
      holds: (open) =>
        withTemporaryFile("x", async (path) => {
          const bits = Uint16Array.of(0x0001, 0x3c00, 0x7c00, 0xc2aa, 0x8000);
          const [half, brain] = [new Float32Array(5), new Float32Array(5)];
          widenFloat16(bits, half);
          widenBfloat16(bits, brain);
          const doubles = Float64Array.of(1e-320, 1 / 3, -2e300);
          const header = {
            h: { dtype: "F16", shape: [5], data_offsets: [24, 34] },
            b: { dtype: "BF16", shape: [5], data_offsets: [34, 44] },
            d: { dtype: "F64", shape: [3], data_offsets: [0, 24] },
          };
          const bytes = fileOf(JSON.stringify(header), 44);
          const data = bytes.subarray(bytes.length - 44);
          data.set(new Uint8Array(doubles.buffer), 0);
          data.set(new Uint8Array(bits.buffer), 24);
          data.set(new Uint8Array(bits.buffer), 34);
          await writeFile(path, bytes);
          const file = await open(path);
          try {
            expect(await file.readFloat32("h")).toEqual(half);
            expect(await file.readFloat32("b")).toEqual(brain);
            expect(await file.readFloat32("d")).toEqual(Float32Array.from(doubles));
            expect(await file.readFloat64("d")).toEqual(doubles);
            expect(await file.readFloat64("h")).toEqual(Float64Array.from(half));
          } finally {
            await file.close();
          }
        }),
      rejects: {
        "doubles through single precision": [
          async (path) => {
            const file = await openSafetensors(path);
            const readFloat64 = async (key: string) => Float64Array.from(await file.readFloat32(key));
            return Object.assign(file, { readFloat64 });
          },
        ],
      },
    },
  );

  law("rejects a missing file and a missing tensor -> ArtifactError naming it", {
    for: [],
    holds: (open) =>
      withTemporaryFile("x", async (path) => {
        await expect(open(path)).rejects.toThrow(/x: expected a readable file of safetensors, got .*ENOENT/);
        await writeSafetensors(path, new Map([["i", { shape: [1], data: Int32Array.of(1) }]]), {});
        const file = await open(path);
        try {
          await expect(file.readFloat32("w")).rejects.toThrow(/expected a tensor w, got 1 others \(i/);
          await expect(file.readFloat32("i")).rejects.toThrow(
            /tensor i to hold floats .* got I32: quantized weights .*GPTQ/,
          );
        } finally {
          await file.close();
        }
      }),
    rejects: {
      "a bare failure": [(path) => openSafetensors(path).catch(() => Promise.reject(new Error("the file is bad")))],
    },
  });
});
