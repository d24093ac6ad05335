import { readFile, truncate, writeFile } from "node:fs/promises";
import { expect } from "vitest";
import { writeSafetensors, type WritableTensor } from "../../src/artifact/safetensors.ts";
import { ArtifactError } from "../../src/errors.ts";
import type { VHack } from "../../src/vhack/vHackFile.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

type Write = (path: string, vHack: VHack) => Promise<void>;
type Read = (path: string) => Promise<VHack>;

const metadata = { loss: "nll", k: "1" };
const contents = ({ modules, metadata }: VHack) => ({ modules: new Map([...modules].toSorted(([a], [b]) => (a < b ? -1 : 1))), metadata });

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
    const reversed = { modules: new Map([...vHack.modules].reverse()), metadata: Object.fromEntries(Object.entries(vHack.metadata).reverse()) };
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
    });
    expect([...modules.get("a")!.v]).toEqual([0.6, 0.8].map(Math.fround));
    expect([...modules.get("b")!.v].map(Math.abs)).toEqual([0, 1, 0]);
    expect([modules.get("b")!.k, modules.get("b")!.r]).toEqual([1, 3]);
    expect([...modules.get("c")!.v]).toEqual([0, 0]);
    expect(modules.get("a")!.s).toEqual(Float64Array.of(Number.NaN));
  },

  async rejectsForeignFiles(read: Read): Promise<void> {
    const unit = { shape: [1, 2], data: Float32Array.of(0, 1) };
    const foreign: Record<string, WritableTensor>[] = [
      { "model.norm.weight": unit },
      { "V/a": { shape: [1, 1, 2], data: Float32Array.of(0, 1) } },
      { "V/a": { shape: [], data: Float32Array.of(1) } },
      { "V/a": { shape: [0, 2], data: new Float32Array(0) } },
      { "V/a": { shape: [1, 2], data: Float32Array.of(Number.NaN, 1) } },
      { "V/a": { shape: [2, 2], data: Float32Array.of(1, 0, 0.8, 0.6) } },
      { "V/a": { shape: [1, 2], data: Int32Array.of(0, 1) } },
      { "V/a": unit, "S/a": { shape: [2], data: Float32Array.of(1, 2) } },
      { "V/a": unit, "S/a": { shape: [1], data: Float32Array.of(-1) } },
      { "V/a": unit, "S/a": { shape: [1], data: Float32Array.of(Number.POSITIVE_INFINITY) } },
    ];
    for (const [i, tensors] of foreign.entries()) await expect(readOf(read, tensors), `case ${i}`).rejects.toThrow(ArtifactError);
    await withTemporaryFile("v.safetensors", async (path) => {
      await writeFile(path, "not safetensors at all");
      await expect(read(path)).rejects.toThrow(ArtifactError);
      await expect(read(`${path}.absent`)).rejects.toThrow(ArtifactError);
    });
  },
};
