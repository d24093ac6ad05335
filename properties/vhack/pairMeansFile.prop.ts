import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pairMeansPath } from "../../src/artifact/runLayout.ts";
import { readPairMeans, writePairMeans } from "../../src/vhack/pairMeansFile.ts";

describe("writePairMeans, readPairMeans", () => {
  it("round-trips beside the v_hack file, padding dropped", async () => {
    const folder = await mkdtemp(join(tmpdir(), "vhack-pairs-"));
    const vHackPath = join(folder, "v_hack_full.safetensors");
    const layout = { moduleNames: ["a", "b"], widths: Int32Array.of(2, 3), P: 3 };
    await writePairMeans(vHackPath, layout, [1, 2, 0, 3, 4, 5], [6, 7, 0, 8, 9, 10], { loss: "nll" });
    const { modules, metadata } = await readPairMeans(pairMeansPath(vHackPath));
    expect([...modules].map(([name, { hack, clean }]) => [name, [...hack], [...clean]])).toEqual([
      ["a", [1, 2], [6, 7]],
      ["b", [3, 4, 5], [8, 9, 10]],
    ]);
    expect(metadata).toEqual({ loss: "nll" });
    await rm(folder, { recursive: true });
  });
});
