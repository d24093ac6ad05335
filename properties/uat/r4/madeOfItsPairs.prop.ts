import fc from "fast-check";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { madeOfItsPairs, pairNote } from "../../../src/uat/r4/madeOfItsPairs.ts";
import { pairMeansPath, readPairMeans, writePairMeans } from "../../../src/vhack/pairMeansFile.ts";
import { runSeed } from "../../support/arbitraries.ts";
import {
  anyModules,
  hackMinusClean,
  hackPlusClean,
  impostors,
  pairLaws,
  pairWorld,
} from "./madeOfItsPairs.statements.ts";

describe("madeOfItsPairs", () => {
  it("accepts what the pairs give: hack minus clean by NLL, their signed sum by the contrastive loss", () => {
    fc.assert(fc.property(runSeed, (seed) => pairLaws.accepts(madeOfItsPairs, seed)));
  });

  for (const [name, mix] of Object.entries(impostors))
    // ELSE R4 passes for it wherever wrong bodies have larger gradients
    it(`refuses ${name}`, () => {
      fc.assert(fc.property(runSeed, (seed) => pairLaws.refuses(madeOfItsPairs, seed, mix)));
    });

  // ELSE one module speaks for all, or a module without a direction counts against v_hack
  it("averages modules: value = mean over those with a direction and pairs of its cosine, 0 where the pairs' mean is zero or of another width", () => {
    fc.assert(fc.property(anyModules, (modules) => pairLaws.averagesModules(madeOfItsPairs, pairNote, modules)));
  });

  // ELSE a v_hack that nobody checked reads as checked
  it("says where there was nothing to check against: the path of the absent means, no figures", () => {
    const { vHack } = pairWorld(1, "nll", hackMinusClean);
    const absent = { kind: "missing", path: "means", command: "vhack extract" } as const;
    expect(pairNote(vHack, absent)).toEqual({
      label: "v_hack against its pairs",
      text: "not checked: means is absent",
      values: {},
    });
  });

  it("refuses the means of other pairs", () => pairLaws.refusesOtherPairs(madeOfItsPairs, 1));

  it("impostors refused rejects: a check that knows no sign, a check that knows no difference; other pairs refused rejects: a check that knows no hash; honest files accepted rejects: a check for the other loss", () => {
    const unsigned: typeof madeOfItsPairs = (...given) => {
      const condition = madeOfItsPairs(...given);
      return { ...condition, value: Math.abs(condition.value) };
    };
    const unhashed: typeof madeOfItsPairs = (vHack, means) =>
      madeOfItsPairs(vHack, { ...means, metadata: vHack.metadata });
    const asContrastive: typeof madeOfItsPairs = (vHack, means) =>
      madeOfItsPairs({ ...vHack, metadata: { ...vHack.metadata, loss: "grpo" } }, means);
    expect(() => pairLaws.refuses(unsigned, 1, impostors["hack and clean swapped"]!)).toThrow(/false/);
    expect(() => pairLaws.refusesOtherPairs(unhashed, 1)).toThrow(/false/);
    expect(() => pairLaws.refuses(asContrastive, 1, hackPlusClean)).toThrow(/false/);
    expect(() => pairLaws.accepts(asContrastive, 1)).toThrow(/true/);
  });
});

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

  it("accepts v_hack only with the world it came from", () => {
    const { vHack } = pairWorld(1, "nll", hackMinusClean);
    expect(madeOfItsPairs(vHack, pairWorld(2, "nll", hackMinusClean).means).value).toBeLessThan(0.9);
  });
});
