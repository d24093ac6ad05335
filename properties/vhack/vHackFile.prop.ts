import fc from "fast-check";
import { describe, it } from "vitest";
import { readVHack, writeVHack } from "../../src/vhack/vHackFile.ts";
import { vHackMetadata } from "../../src/vhack/vHackMetadata.ts";
import { anyVHackModules } from "./directions.ts";
import { vHackFileLaws } from "./vHackFile.laws.ts";

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
const anyVHack = anyVHackModules.map((modules) => ({ modules, metadata }));

describe("writeVHack, readVHack", () => {
  it("round-trip: read(write(x)) = x", () => fc.assert(fc.asyncProperty(anyVHack, (x) => vHackFileLaws.roundTrips(writeVHack, readVHack, x))));

  it("are reproducible: same input in any order, same bytes", () =>
    fc.assert(fc.asyncProperty(anyVHack, (x) => vHackFileLaws.writesTheSameBytes(writeVHack, x))));

  it("reject a file cut short anywhere -> ArtifactError", () =>
    fc.assert(fc.asyncProperty(anyVHack, fc.double({ min: 0, max: 1, noNaN: true }), (x, share) => vHackFileLaws.rejectsTruncation(writeVHack, readVHack, x, share))));

  it("normalise k = 1 rows and do without S: V/<module> [1, r] or [r] of any length", () => vHackFileLaws.normalisesRows(readVHack));

  it("reject foreign tensors, shapes, values and overlapping rows -> ArtifactError", () => vHackFileLaws.rejectsForeignFiles(readVHack));
});
