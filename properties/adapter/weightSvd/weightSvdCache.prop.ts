import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type LazyWeight,
  readWeightSvd,
  weightSvds,
  writeWeightSvd,
} from "../../../src/adapter/weightSvd/weightSvdCache.ts";
import { ArtifactError, NonFiniteError } from "../../../src/errors.ts";
import { seededWeight } from "../../support/seededWeight.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vhack-svd-"));
});
afterAll(() => rm(folder, { recursive: true }));

const three = [seededWeight("a", 6, 4, 1), seededWeight("b", 4, 9, 2), seededWeight("c", 5, 5, 3)];

function lazily(weights: typeof three, onRead: () => void = () => {}): LazyWeight[] {
  return weights.map((weight) => ({ ...weight, read: async () => (onRead(), weight.data) }));
}

describe("weightSvds", () => {
  it("is reproducible: computed on threads = read from the cache, bit for bit, in the weights' order", async () => {
    const steps: string[] = [];
    const cold = await weightSvds(
      lazily(three),
      folder,
      (done, total, name) => steps.push(`${done}/${total} ${name}`),
      2,
    );
    const warm = await weightSvds(lazily(three), folder, () => {}, 1);
    expect(warm).toEqual(cold);
    expect([...cold.keys()]).toEqual(["a", "b", "c"]);
    expect(steps.map((step) => step.slice(0, 3))).toEqual(["1/3", "2/3", "3/3"]);
  });

  // ELSE a damaged cache turns into another adapter, and every gradient is taken in a wrong basis
  it("replaces a damaged cache file: any byte flipped -> the same factors again", async () => {
    const cold = await weightSvds(lazily(three.slice(0, 1)), join(folder, "damage"), () => {}, 1);
    const [name] = await readdir(join(folder, "damage"));
    const path = join(folder, "damage", name!);
    const whole = await readFile(path);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const damaged = Uint8Array.from(whole);
        damaged[at]! ^= mask;
        await writeFile(path, damaged);
        expect(await weightSvds(lazily(three.slice(0, 1)), join(folder, "damage"), () => {}, 1)).toEqual(cold);
      }),
      { numRuns: 4 },
    );
  });

  it("rejects a weight with a NaN: -> NonFiniteError naming the module", async () => {
    const weight = { ...three[0]!, data: three[0]!.data.map((value, i) => (i === 3 ? NaN : value)) };
    await expect(weightSvds(lazily([weight]), folder, () => {}, 1)).rejects.toThrow(NonFiniteError);
    await expect(weightSvds(lazily([weight]), folder, () => {}, 1)).rejects.toThrow(/^a: /);
  });
});

describe("readWeightSvd", () => {
  // ELSE factors of another weight under this weight's name would be taken for its own
  it("rejects the factors of another weight of the same shape: -> ArtifactError", async () => {
    const other = seededWeight("a", 6, 4, 9);
    const svds = await weightSvds(lazily([other]), folder, () => {}, 1);
    const path = join(folder, "foreign.safetensors");
    await writeWeightSvd(path, other, svds.get("a")!);
    await expect(readWeightSvd(path, other)).resolves.toEqual(svds.get("a"));
    await expect(readWeightSvd(path, three[0]!)).rejects.toThrow(ArtifactError);
  });
});
