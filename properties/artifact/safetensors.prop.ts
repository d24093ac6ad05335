import { readFile, writeFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openSafetensors, writeSafetensors, type WritableTensor } from "../../src/artifact/safetensors.ts";
import { widenBfloat16, widenFloat16 } from "../../src/artifact/widen.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";
import { fileOf, hostile, safetensorsLaws, type ReadAll } from "./safetensors.statements.ts";

const readAll: ReadAll = async (path) => {
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
const named = fc
  .uniqueArray(fc.tuple(name, tensor), { selector: ([text]) => text, maxLength: 5 })
  .map((entries) => new Map(entries));
const metadata = fc.dictionary(
  fc.string().filter((key) => key !== "__proto__"),
  fc.string({ unit: "grapheme" }),
  { noNullPrototype: true, maxKeys: 3 },
);

describe("writeSafetensors", () => {
  it("round-trips, bit for bit: read(write(tensors)) = tensors", async () => {
    await fc.assert(
      fc.asyncProperty(named, metadata, (tensors, words) =>
        safetensorsLaws.roundTrips(writeSafetensors, readAll, tensors, words),
      ),
    );
  });

  it("is reproducible: the same tensors give the same bytes in any order of insertion", async () => {
    await fc.assert(
      fc.asyncProperty(named, metadata, (tensors, words) =>
        safetensorsLaws.isReproducible(writeSafetensors, tensors, words),
      ),
      { numRuns: 30 },
    );
  });

  it("rejects a shape that does not hold its data -> ArtifactError", () =>
    withTemporaryFile("x", async (path) => {
      await expect(
        writeSafetensors(path, new Map([["a", { shape: [2], data: new Float32Array(3) }]]), {}),
      ).rejects.toThrow(/to hold 2 values, got 3/);
    }));
});

describe("openSafetensors", () => {
  // ELSE half a model is taken for a whole one
  it("rejects a file cut short at every byte -> ArtifactError", () =>
    withTemporaryFile("whole", async (path) => {
      await writeSafetensors(
        path,
        new Map([
          ["w", { shape: [3], data: Float32Array.of(1, 2, 3) }],
          ["s", { shape: [1], data: Float64Array.of(4) }],
        ]),
        { k: "v" },
      );
      const whole = await readFile(path);
      for (let length = 0; length < whole.length; length++)
        await safetensorsLaws.refuses(readAll, whole.subarray(0, length), /expected/);
    }));

  it.each(hostile)("rejects $name -> ArtifactError", ({ bytes, says }) =>
    safetensorsLaws.refuses(readAll, bytes, says),
  );

  it("rejects bytes of other kinds -> ArtifactError", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), (bytes) =>
        safetensorsLaws.refuses(readAll, bytes, /expected/),
      ),
    );
  });

  it("widens F16, BF16 and F64 from the file as from memory: readFloat32(w) = widen(bits), readFloat64(w) = the same", () =>
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
      const file = await openSafetensors(path);
      expect(await file.readFloat32("h")).toEqual(half);
      expect(await file.readFloat32("b")).toEqual(brain);
      expect(await file.readFloat32("d")).toEqual(Float32Array.from(doubles));
      expect(await file.readFloat64("d")).toEqual(doubles);
      expect(await file.readFloat64("h")).toEqual(Float64Array.from(half));
      await file.close();
    }));

  it("rejects a missing file and a missing tensor -> ArtifactError naming it", () =>
    withTemporaryFile("x", async (path) => {
      await expect(openSafetensors(path)).rejects.toThrow(/x: expected a readable safetensors file, got .*ENOENT/);
      await writeSafetensors(path, new Map([["i", { shape: [1], data: Int32Array.of(1) }]]), {});
      const file = await openSafetensors(path);
      await expect(file.readFloat32("w")).rejects.toThrow(/expected a tensor w, got 1 others \(i/);
      await expect(file.readFloat32("i")).rejects.toThrow(/tensor i to hold floats .* got I32/);
      await file.close();
    }));
});
