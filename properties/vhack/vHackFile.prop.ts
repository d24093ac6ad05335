import fc from "fast-check";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readVHack, writeVHack, type HackDirections } from "../../src/vhack/vHackFile.ts";
import { vHackMetadata } from "../../src/vhack/vHackMetadata.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";
import { isZero, rowOf, sparseVHackModules } from "./directions.ts";
import { vHackFileLaws } from "./vHackFile.statements.ts";

const metadata = vHackMetadata({
  loss: "nll",
  basis: "antipasto",
  direction: "mean",
  k: 1,
  pairsSha256: "ab".repeat(32),
  modelHash: "cd".repeat(32),
  contrasts: "run_tests defined or not, same body",
  softwareVersion: "0.1.0",
  svdCacheHashes: "",
});
/** Modules whose zero rows have no strength, and modules that do not say how strong they are. */
const anyVHack = fc
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

describe("writeVHack, readVHack", () => {
  it("round-trip, with zero rows and unknown strengths: read(write(x)) = x", () =>
    fc.assert(fc.asyncProperty(anyVHack, (x) => vHackFileLaws.roundTrips(writeVHack, readVHack, x))));

  it("are reproducible: same input in any order, same bytes", () =>
    fc.assert(fc.asyncProperty(anyVHack, (x) => vHackFileLaws.writesTheSameBytes(writeVHack, x))));

  it("reject a file cut short anywhere -> ArtifactError", () =>
    fc.assert(
      fc.asyncProperty(anyVHack, fc.double({ min: 0, max: 1, noNaN: true }), (x, share) =>
        vHackFileLaws.rejectsTruncation(writeVHack, readVHack, x, share),
      ),
    ));

  it("normalise k = 1 rows and do without S: V/<module> [1, r] or [r] of any length", () =>
    vHackFileLaws.normalisesRows(readVHack));

  it("write all of a module's strengths or none: one that is unknown leaves S/<module> out", async () => {
    const partly = new Map([["a", { v: Float32Array.of(1, 0, 0, 1), s: Float64Array.of(2, Number.NaN), k: 2, r: 2 }]]);
    const { modules } = await withTemporaryFile("v.safetensors", async (path) => {
      await writeVHack(path, { modules: partly, metadata });
      return readVHack(path);
    });
    expect([...modules.get("a")!.s]).toEqual([Number.NaN, Number.NaN]);
  });

  it("keep a stored unit row bit for bit: ||v| - 1| < 2^-22", () => vHackFileLaws.keepsUnitRows(readVHack));

  it("reject rows that overlap by more than 2^-8, naming them and their cosine", () =>
    vHackFileLaws.measuresOverlap(readVHack));

  it("name what they found and what to do", () => vHackFileLaws.namesWhatItFound(readVHack));

  it.skipIf(!existsSync("/proc/self/fd"))("close the file after success and after failure", () =>
    vHackFileLaws.closesItsFile(readVHack),
  );

  it("reject foreign tensors, shapes, values and overlapping rows -> ArtifactError", () =>
    vHackFileLaws.rejectsForeignFiles(readVHack));
});
