import { readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "fflate";
import { describe, it } from "vitest";
import { readRolloutRows, writeRolloutRows, type RolloutRow } from "../../src/artifact/rolloutRow.ts";
import { writeSafetensors } from "../../src/artifact/safetensors.ts";
import { widenBfloat16, widenFloat16 } from "../../src/artifact/widen.ts";
import { jsonlLaws } from "../artifact/jsonlGz.statements.ts";
import { rolloutRowLaws } from "../artifact/rolloutRow.statements.ts";
import { hostile, safetensorsLaws, type ReadAll, type WriteAll } from "../artifact/safetensors.statements.ts";
import { widenLaws } from "../artifact/widen.statements.ts";
import { rolloutRow } from "../support/evidence.ts";
import { rejects } from "../support/rejects.ts";

/** A reader that believes whatever the header says. */
const credulous: ReadAll = async (path) => {
  const bytes = await readFile(path);
  const headerBytes = Number(bytes.subarray(0, 8).length === 8 ? bytes.readBigUInt64LE() : 0n);
  try {
    const { __metadata__: metadata = {} } = JSON.parse(bytes.subarray(8, 8 + headerBytes).toString()) as {
      __metadata__?: Record<string, string>;
    };
    return { metadata, tensors: new Map() };
  } catch {
    return { metadata: {}, tensors: new Map() };
  }
};

const one = new Map([
  ["a", { shape: [2], data: Float32Array.of(1, 2) }],
  ["b", { shape: [1], data: Float32Array.of(3) }],
]);

describe("teeth: safetensors", () => {
  it.each(hostile)("refusal rejects: a reader that believes the header ($name)", ({ bytes, says }) =>
    rejects(() => safetensorsLaws.refuses(credulous, bytes, says)),
  );

  it("the round trip rejects: a reader that finds nothing", () =>
    rejects(() => safetensorsLaws.roundTrips(writeSafetensors, credulous, one, {})));

  it("reproducibility rejects: a writer that keeps the order of insertion", () => {
    const inOrder: WriteAll = async (path, tensors) => writeFile(path, JSON.stringify([...tensors.keys()]));
    return rejects(() => safetensorsLaws.isReproducible(inOrder, one, {}));
  });
});

describe("teeth: widening", () => {
  it("exactness rejects: lost subnormals, a wrong bias, infinities as numbers, a lost sign, swapped formats", async () => {
    const spoilt = (change: (value: number, bits: number) => number) => (bits: Uint16Array, into: Float32Array) => {
      widenFloat16(bits, into);
      into.forEach((value, i) => (into[i] = change(value, bits[i]!)));
    };
    await rejects(() =>
      widenLaws.isExact(
        spoilt((value) => (Math.abs(value) < 2 ** -14 ? 0 : value)),
        5,
      ),
    );
    await rejects(() =>
      widenLaws.isExact(
        spoilt((value) => value * 2),
        5,
      ),
    );
    await rejects(() =>
      widenLaws.isExact(
        spoilt((value) => (Math.abs(value) === Infinity ? Math.sign(value) * 65536 : value)),
        5,
      ),
    );
    await rejects(() =>
      widenLaws.isExact(
        spoilt((value) => (Object.is(value, -0) ? 0 : value)),
        5,
      ),
    );
    await rejects(() => widenLaws.isExact(widenBfloat16, 5));
  });
});

describe("teeth: rows and lines", () => {
  const row = rolloutRow({ cosUpdate: 0.25, cosSNormalized: -0.5, meanCosPre: 0.1, meanCosPost: 0.2, gtCorrect: null });

  it("the round trip rejects: swapped fields, dropped fields, padding cut away", async () => {
    const swapping = async (path: string) =>
      (await readRolloutRows(path)).map((found) => ({
        ...found,
        meanCosPre: found.meanCosPost,
        meanCosPost: found.meanCosPre,
      }));
    await rejects(() => rolloutRowLaws.roundTrips(writeRolloutRows, swapping, [row]));
    const dropping = async (path: string) =>
      (await readRolloutRows(path)).map((found) => ({ ...found, cosUpdate: null }));
    await rejects(() => rolloutRowLaws.roundTrips(writeRolloutRows, dropping, [row]));
    const trimming = (path: string, rows: readonly RolloutRow[]) =>
      writeRolloutRows(
        path,
        rows.map((found) => ({ ...found, completionIds: found.completionIds.slice(0, found.compLen) })),
      );
    await rejects(() => rolloutRowLaws.roundTrips(trimming, readRolloutRows, [row]));
  });

  it("what is scored rejects: padding counted, the stop id missed, the first token missed", async () => {
    await rejects(() => rolloutRowLaws.scoresUpToTheStopId((found) => found.completionIds, row));
    await rejects(() =>
      rolloutRowLaws.scoresUpToTheStopId((found) => found.completionIds.slice(0, found.compLen - 1), row),
    );
    await rejects(() =>
      rolloutRowLaws.scoresUpToTheStopId((found) => found.completionIds.slice(1, found.compLen + 1), row),
    );
  });

  it("Python's NaN rejects: replaced inside strings too, read as 0, not read at all", async () => {
    const reading = (change: (text: string) => string) => async (path: string) =>
      change(await readFile(path, "utf8"))
        .split("\n")
        .map((line) => JSON.parse(line) as unknown);
    await rejects(() =>
      jsonlLaws.readsPythonNumbers(
        reading((text) => text.replaceAll(/-?Infinity|NaN/g, "null")),
        "x",
      ),
    );
    await rejects(() =>
      jsonlLaws.readsPythonNumbers(
        reading((text) => text.replaceAll(/: NaN|-?Infinity/g, (token) => (token === ": NaN" ? ": 0" : "0"))),
        "x",
      ),
    );
  });

  it("reproducibility rejects: a time stamp in the gzip header", () =>
    rejects(() =>
      jsonlLaws.isReproducible(
        (path, rows) => writeFile(path, gzipSync(Buffer.from(JSON.stringify(rows)), { mtime: 1e12 })),
        [row],
      ),
    ));
});
