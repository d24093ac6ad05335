import { readFile, truncate, writeFile } from "node:fs/promises";
import { expect } from "vitest";
import { openSafetensors, writeSafetensors, type WritableTensor } from "../../src/artifact/safetensors.ts";
import { ArtifactError } from "../../src/errors.ts";
import type { VHack } from "../../src/vhack/vHackFile.ts";
import { openHandles } from "../support/openHandles.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

type Write = (path: string, vHack: VHack) => Promise<void>;
type Read = (path: string) => Promise<VHack>;

const metadata = { loss: "nll", k: "1" };
const contents = ({ modules, metadata }: VHack) => ({
  modules: new Map([...modules].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  metadata,
});

/** What a file with these tensors reads as. */
export function readOf(read: Read, tensors: Record<string, WritableTensor>): Promise<VHack> {
  return withTemporaryFile("v.safetensors", async (path) => {
    await writeSafetensors(path, new Map(Object.entries(tensors)), metadata);
    return read(path);
  });
}

/** Laws of the v_hack file, for the real functions and for their mutants. */
export const vHackFileLaws = {
  async roundTrips(write: Write, read: Read, vHack: VHack): Promise<void> {
    const back = await withTemporaryFile("v.safetensors", async (path) => {
      await write(path, vHack);
      return read(path);
    });
    expect(contents(back)).toEqual(contents(vHack));
  },

  async writesTheSameBytes(write: Write, vHack: VHack): Promise<void> {
    const bytes = (given: VHack) =>
      withTemporaryFile("v.safetensors", async (path) => {
        await write(path, given);
        return readFile(path);
      });
    const reversed = {
      modules: new Map([...vHack.modules].reverse()),
      metadata: Object.fromEntries(Object.entries(vHack.metadata).reverse()),
    };
    expect(await bytes(reversed)).toEqual(await bytes(vHack));
  },

  async rejectsTruncation(write: Write, read: Read, vHack: VHack, share: number): Promise<void> {
    await withTemporaryFile("v.safetensors", async (path) => {
      await write(path, vHack);
      const { length } = await readFile(path);
      await truncate(path, Math.floor(share * (length - 1)));
      await expect(read(path)).rejects.toThrow(ArtifactError);
    });
  },

  /** A file of the research code: k = 1, any length of row, float32 only, no S. */
  async normalisesRows(read: Read): Promise<void> {
    const { modules } = await readOf(read, {
      "V/a": { shape: [1, 2], data: Float32Array.of(3, 4) },
      "V/b": { shape: [3], data: Float32Array.of(0, -2, 0) },
      "V/c": { shape: [1, 2], data: Float32Array.of(0, 0) },
      "model.norm.weight": { shape: [1], data: Float32Array.of(7) }, // no business of the reader
    });
    expect([...modules.keys()]).toEqual(["a", "b", "c"]);
    expect([...modules.get("a")!.v]).toEqual([0.6, 0.8].map(Math.fround));
    expect([...modules.get("b")!.v].map(Math.abs)).toEqual([0, 1, 0]);
    expect([modules.get("b")!.k, modules.get("b")!.r]).toEqual([1, 3]);
    expect([...modules.get("c")!.v]).toEqual([0, 0]);
    expect(modules.get("a")!.s).toEqual(Float64Array.of(Number.NaN));
  },

  /** A unit row rounded to float32 is off by less than 2^-22 and stays bit for bit; what is off by that or more is divided. */
  async keepsUnitRows(read: Read): Promise<void> {
    for (const [stored, expected] of [
      [1 + 2 ** -23, 1 + 2 ** -23],
      [1 - 2 ** -23, 1 - 2 ** -23],
      [-1 - 2 ** -23, -1 - 2 ** -23],
      [1 + 2 ** -22, 1],
      [1 - 2 ** -22, 1],
      [-0.5, -1],
    ] as const) {
      const { modules } = await readOf(read, { "V/a": { shape: [1, 1], data: Float32Array.of(stored) } });
      expect([...modules.get("a")!.v], `stored as ${stored}`).toEqual([expected]);
    }
  },

  /** Rows of bfloat16 overlap by 2^-8 at most: that much is read, more is named. */
  async measuresOverlap(read: Read): Promise<void> {
    const second = (overlap: number) => [overlap, Math.sqrt(1 - overlap ** 2)]; // a unit row, to float32
    const rows = (...data: number[]) =>
      readOf(read, { "V/a": { shape: [data.length / 2, 2], data: Float32Array.from(data) } });
    for (const overlap of [2 ** -8, -(2 ** -8)])
      expect((await rows(1, 0, ...second(overlap))).modules.get("a")!.v[2]).toBe(overlap);
    for (const overlap of [2 ** -8 + 2 ** -18, -(2 ** -8) - 2 ** -18])
      await expect(rows(1, 0, ...second(overlap))).rejects.toThrow(/rows 0 and 1 with cosine/);
    await expect(rows(1, 0, 0.75, Math.sqrt(1 - 0.75 ** 2))).rejects.toThrow("rows 0 and 1 with cosine 0.7500;");
    const lastTwo = Float32Array.of(1, 0, 0, 0, 1, 0, 0, -0.75, Math.sqrt(1 - 0.75 ** 2));
    await expect(readOf(read, { "V/a": { shape: [3, 3], data: lastTwo } })).rejects.toThrow(
      "rows 1 and 2 with cosine -0.7500;",
    );
  },

  /** Each message says what was found, and what to do. */
  async namesWhatItFound(read: Read): Promise<void> {
    const one = { shape: [1], data: Float32Array.of(1) };
    await expect(readOf(read, {})).rejects.toThrow(
      "expected tensors V/<module>, got none; make one with: vhack extract",
    );
    await expect(readOf(read, { a: one, b: one, c: one, d: one })).rejects.toThrow(
      "expected tensors V/<module>, got a, b, c; make one",
    );
    await expect(readOf(read, { "V/a": one, "S/a": { shape: [2], data: Float64Array.of(1, -2) } })).rejects.toThrow(
      "S/a to hold 1 finite values >= 0, got [1, -2]",
    );
    await withTemporaryFile("v.safetensors", (path) =>
      expect(read(path)).rejects.toThrow("expected a v_hack file, got none; make one with: vhack extract"),
    );
  },

  async closesItsFile(read: Read): Promise<void> {
    for (const [name, value] of [
      ["V/a", 1],
      ["V/a", Number.NaN],
      ["a", 1],
    ] as const)
      await withTemporaryFile("v.safetensors", async (path) => {
        await writeSafetensors(path, new Map([[name, { shape: [1], data: Float32Array.of(value) }]]), metadata);
        const held = await openSafetensors(path);
        expect(await openHandles(path), "a handle that is held is seen").toBe(1);
        await held.close();
        const outcome = await read(path).then(
          () => "read",
          (failure: unknown) => failure,
        );
        if (name === "V/a" && value === 1) expect(outcome).toBe("read");
        else expect(outcome).toBeInstanceOf(ArtifactError);
        expect(await openHandles(path), `after ${String(outcome)}`).toBe(0);
      });
  },

  async rejectsForeignFiles(read: Read): Promise<void> {
    const unit = { shape: [1, 2], data: Float32Array.of(0, 1) };
    const identity = { shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) };
    const foreign: Record<string, WritableTensor>[] = [
      { "model.norm.weight": unit },
      { "V/a": { shape: [1, 1, 2], data: Float32Array.of(0, 1) } },
      { "V/a": { shape: [], data: Float32Array.of(1) } },
      { "V/a": { shape: [0, 2], data: new Float32Array(0) } },
      { "V/a": { shape: [1, 0], data: new Float32Array(0) } },
      { "V/a": { shape: [0], data: new Float32Array(0) } },
      { "V/a": { shape: [1, 2], data: Float32Array.of(Number.NaN, 1) } },
      { "V/a": { shape: [2, 2], data: Float32Array.of(1, 0, 0.8, 0.6) } },
      { "V/a": { shape: [1, 2], data: Int32Array.of(0, 1) } },
      { "V/a": unit, "S/a": { shape: [2], data: Float32Array.of(1, 2) } },
      { "V/a": unit, "S/a": { shape: [1], data: Float32Array.of(-1) } },
      { "V/a": unit, "S/a": { shape: [1], data: Float32Array.of(Number.POSITIVE_INFINITY) } },
      { "V/a": identity, "S/a": { shape: [2], data: Float64Array.of(1, -1) } },
      { "V/a": identity, "S/a": { shape: [2], data: Float64Array.of(1, Number.NaN) } },
    ];
    for (const [i, tensors] of foreign.entries())
      await expect(readOf(read, tensors), `case ${i}`).rejects.toThrow(ArtifactError);
    await withTemporaryFile("v.safetensors", async (path) => {
      await writeFile(path, "not safetensors at all");
      await expect(read(path)).rejects.toThrow(ArtifactError);
      await expect(read(`${path}.absent`)).rejects.toThrow(ArtifactError);
    });
  },
};
