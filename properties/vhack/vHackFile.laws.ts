import fc from "fast-check";
import { existsSync } from "node:fs";
import { readFile, truncate, writeFile } from "node:fs/promises";
import { expect } from "vitest";
import { openSafetensors, writeSafetensors, type WritableTensor } from "../../src/artifact/safetensors.ts";
import { ArtifactError } from "../../src/errors.ts";
import { readVHack, writeVHack, type HackDirections, type VHack } from "../../src/vhack/vHackFile.ts";
import { vHackMetadata } from "../../src/vhack/vHackMetadata.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { leaking, openHandles } from "../support/openHandles.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";
import { changed, isZero, rowOf, sparseVHackModules, toothModules } from "./directions.ts";

type Write = (path: string, vHack: VHack) => Promise<void>;
type Read = (path: string) => Promise<VHack>;
/** The two, as one unit: what is written is what is read. */
interface File {
  readonly write: Write;
  readonly read: Read;
}

const metadata = vHackMetadata({
  loss: "nll",
  basis: "antipasto",
  direction: "mean",
  k: 1,
  pairsSha256: "ab".repeat(32),
  modelHash: "cd".repeat(32),
  contrasts: "run_tests defined or not, same body",
  softwareVersion: "0.1.0",
});
/** Modules whose zero rows have no strength, and modules that do not say how strong they are. */
const anyVHack: fc.Arbitrary<VHack> = fc
  .tuple(sparseVHackModules, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }))
  .map(([modules, isKnown]) => {
    const strength = (directions: HackDirections, m: number) =>
      directions.s.map((s, i) => (!isKnown[m] ? Number.NaN : isZero(rowOf(directions, i)) ? 0 : s));
    return {
      modules: new Map(
        [...modules].map(([name, directions], m) => [name, { ...directions, s: strength(directions, m) }]),
      ),
      metadata,
    };
  });
const toothVHack = (): VHack => ({
  modules: changed(toothModules(), ({ v }) => ({ v: v.map(Math.fround) })),
  metadata: { loss: "nll" },
});

const contents = ({ modules, metadata: about }: VHack) => ({
  modules: new Map([...modules].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  metadata: about,
});

/** What a file with these tensors reads as. */
function readOf(read: Read, tensors: Record<string, WritableTensor>): Promise<VHack> {
  return withTemporaryFile("v.safetensors", async (path) => {
    await writeSafetensors(path, new Map(Object.entries(tensors)), { loss: "nll", k: "1" });
    return read(path);
  });
}

const real: File = { write: writeVHack, read: readVHack };
const withoutMetadata: Write = (path, x) => writeVHack(path, { ...x, metadata: {} });
const withoutS: Write = (path, x) =>
  writeVHack(path, { ...x, modules: changed(x.modules, ({ s }) => ({ s: s.map(() => Number.NaN) })) });
const inOrder: Write = (path, x) =>
  writeSafetensors(path, new Map(), Object.fromEntries([...x.modules.keys()].map((name, i) => [name, `${i}`])));
const knownOnly: Write = (path, x) =>
  writeVHack(path, { ...x, modules: changed(x.modules, ({ s }) => ({ s: s.map((x) => (Number.isNaN(x) ? 0 : x)) })) });
const then =
  (change: (directions: HackDirections) => Partial<HackDirections>): Read =>
  async (path) => {
    const read = await readVHack(path);
    return { ...read, modules: changed(read.modules, change) };
  };
const halved = then(({ v }) => ({ v: v.map((x) => x / 2) }));
const forgiving: Read = (path) => readVHack(path).catch((): VHack => ({ modules: new Map(), metadata: {} }));
const unchecked: Read = async (path) => {
  const file = await openSafetensors(path);
  const modules = new Map<string, HackDirections>();
  for (const name of file.names) {
    const v = new Float32Array(await file.readFloat64(name));
    modules.set(name.slice(2), { v, s: Float64Array.of(1), k: 1, r: v.length });
  }
  await file.close();
  return { modules, metadata: file.metadata };
};
const rowsAsTheyAre: Read = async (path) => {
  const file = await openSafetensors(path);
  const v = await file.readFloat32("V/a").finally(() => file.close());
  const k = file.info("V/a").shape[0]!;
  return { modules: new Map([["a", { v, s: new Float64Array(k), k, r: v.length / k }]]), metadata: {} };
};
const firstRowOnly: Read = (path) =>
  readVHack(path).catch((failure: unknown) => {
    if (String(failure).includes("rows 0 and")) throw failure;
    return rowsAsTheyAre(path);
  });
const bare: Read = (path) => readVHack(path).catch(() => Promise.reject(new Error("the file is bad")));

lawsOf<File>("writeVHack, readVHack", real, (law) => {
  law("round-trip, with zero rows and unknown strengths: read(write(x)) = x", {
    for: [anyVHack],
    holds: async ({ write, read }, vHack) => {
      const back = await withTemporaryFile("v.safetensors", async (path) => {
        await write(path, vHack);
        return read(path);
      });
      expect(contents(back)).toEqual(contents(vHack));
    },
    rejects: {
      "rows rescaled": [{ ...real, read: halved }, toothVHack()],
      "S dropped": [{ ...real, write: withoutS }, toothVHack()],
      "metadata dropped": [{ ...real, write: withoutMetadata }, toothVHack()],
    },
  });

  law("are reproducible: same input in any order, same bytes", {
    for: [anyVHack],
    holds: async ({ write }, vHack) => {
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
    rejects: { "bytes by insertion order": [{ ...real, write: inOrder }, toothVHack()] },
  });

  law("reject a file cut short anywhere -> ArtifactError", {
    for: [anyVHack, fc.double({ min: 0, max: 1, noNaN: true })],
    holds: ({ write, read }, vHack, share) =>
      withTemporaryFile("v.safetensors", async (path) => {
        await write(path, vHack);
        const { length } = await readFile(path);
        await truncate(path, Math.floor(share * (length - 1)));
        await expect(read(path)).rejects.toThrow(ArtifactError);
      }),
    rejects: { "a reader that defaults what it cannot read": [{ ...real, read: forgiving }, toothVHack(), 0.5] },
  });

  law("write all of a module's strengths or none: one that is unknown leaves S/<module> out", {
    for: [],
    holds: async ({ write, read }) => {
      const s = Float64Array.of(2, Number.NaN);
      const partly = new Map([["a", { v: Float32Array.of(1, 0, 0, 1), s, k: 2, r: 2 }]]);
      const { modules } = await withTemporaryFile("v.safetensors", async (path) => {
        await write(path, { modules: partly, metadata });
        return read(path);
      });
      expect([...modules.get("a")!.s]).toEqual([Number.NaN, Number.NaN]);
    },
    rejects: { "an unknown strength written as 0": [{ ...real, write: knownOnly }] },
  });
});

lawsOf<Read>("readVHack", readVHack, (law) => {
  law("normalises k = 1 rows and does without S: V/<module> [1, r] or [r] of any length", {
    for: [],
    holds: async (read) => {
      // a file of the research code: k = 1, any length of row, float32 only, no S
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
    rejects: { "a reader that checks nothing": [unchecked] },
  });

  law("keeps a stored unit row bit for bit: ||v| - 1| < 2^-22; what is off by that or more is divided", {
    for: [],
    holds: async (read) => {
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
    // a row of one number, divided by its length, is its sign
    rejects: { "every row divided by its length": [then(({ v }) => ({ v: v.map(Math.sign) }))] },
  });

  law("rejects rows that overlap by more than 2^-8, naming them and their cosine", {
    for: [],
    holds: async (read) => {
      // rows of bfloat16 overlap by 2^-8 at most: that much is read, more is named
      const second = (overlap: number) => [overlap, Math.sqrt(1 - overlap ** 2)]; // a unit row, to float32
      const rows = (...data: number[]) =>
        readOf(read, { "V/a": { shape: [data.length / 2, 2], data: Float32Array.from(data) } });
      for (const overlap of [2 ** -8, -(2 ** -8)])
        expect((await rows(1, 0, ...second(overlap))).modules.get("a")!.v[2]).toBe(overlap);
      for (const overlap of [2 ** -8 + 2 ** -18, -(2 ** -8) - 2 ** -18])
        await expect(rows(1, 0, ...second(overlap))).rejects.toThrow(/rows 0 and 1 with cosine/);
      await expect(rows(1, 0, ...second(0.75))).rejects.toThrow("rows 0 and 1 with cosine 0.7500;");
      const lastTwo = Float32Array.of(1, 0, 0, 0, 1, 0, 0, -0.75, Math.sqrt(1 - 0.75 ** 2));
      await expect(readOf(read, { "V/a": { shape: [3, 3], data: lastTwo } })).rejects.toThrow(
        "rows 1 and 2 with cosine -0.7500;",
      );
    },
    rejects: { "overlaps let through": [rowsAsTheyAre], "only the first row compared": [firstRowOnly] },
  });

  law("names what it found and what to do", {
    for: [],
    holds: async (read) => {
      const one = { shape: [1], data: Float32Array.of(1) };
      const strengths = { shape: [2], data: Float64Array.of(1, -2) };
      for (const [tensors, words] of [
        [{}, "expected tensors V/<module>, got none; make one with: vhack extract"],
        [{ a: one, b: one, c: one, d: one }, "expected tensors V/<module>, got a, b, c; make one"],
        [{ "V/a": one, "S/a": strengths }, "S/a to hold 1 finite values >= 0, got [1, -2]"],
      ] as const)
        await expect(readOf(read, tensors)).rejects.toThrow(words);
      await withTemporaryFile("v.safetensors", (path) =>
        expect(read(path)).rejects.toThrow("expected a v_hack file, got none; make one with: vhack extract"),
      );
    },
    rejects: { "a bare failure": [bare] },
  });

  if (existsSync("/proc/self/fd"))
    law("closes the file after success and after failure", {
      for: [fc.constantFrom(["V/a", 1] as const, ["V/a", Number.NaN] as const, ["a", 1] as const)],
      holds: (read, [name, value]) =>
        withTemporaryFile("v.safetensors", async (path) => {
          await writeSafetensors(path, new Map([[name, { shape: [1], data: Float32Array.of(value) }]]), {});
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
        }),
      rejects: { "a handle left open": [leaking(readVHack), ["V/a", 1]] },
    });

  law("rejects foreign tensors, shapes, values and overlapping rows -> ArtifactError", {
    for: [],
    holds: async (read) => {
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
    rejects: { "a reader that checks nothing": [unchecked] },
  });
});
