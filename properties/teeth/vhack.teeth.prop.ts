import { existsSync } from "node:fs";
import { describe, it } from "vitest";
import { readJsonl } from "../../src/artifact/jsonlGz.ts";
import { openSafetensors, writeSafetensors } from "../../src/artifact/safetensors.ts";
import type { Rng } from "../../src/numeric/rng.ts";
import { compareVHack } from "../../src/vhack/compareVHack.ts";
import { randomDirections, shuffledLabels } from "../../src/vhack/controls.ts";
import { moduleDifferences, type Differences } from "../../src/vhack/differences.ts";
import { extractMean } from "../../src/vhack/extractMean.ts";
import { extractSvd } from "../../src/vhack/extractSvd.ts";
import { dropLowestRows, dropWeakRows, noiseFloor } from "../../src/vhack/noiseFloor.ts";
import { readPairs, type ContrastPair } from "../../src/vhack/pairs.ts";
import { readVHack, writeVHack, type HackDirections, type VHack } from "../../src/vhack/vHackFile.ts";
import { vHackTable } from "../../src/vhack/vHackTable.ts";
import { rejects } from "../support/rejects.ts";
import { compareLaws } from "../vhack/compareVHack.statements.ts";
import { controlLaws } from "../vhack/controls.statements.ts";
import { differencesFrom, toothModules as pairs } from "../vhack/differences.ts";
import { toothModules } from "../vhack/directions.ts";
import { extractLaws, meanFreedom, svdFreedom } from "../vhack/extract.statements.ts";
import { noiseFloorLaws } from "../vhack/noiseFloor.statements.ts";
import { pairLaws } from "../vhack/pairs.statements.ts";
import { vHackFileLaws } from "../vhack/vHackFile.statements.ts";
import { vHackTableLaws } from "../vhack/vHackTable.statements.ts";

type Modules = ReadonlyMap<string, HackDirections>;
const changed = (
  modules: Modules,
  change: (directions: HackDirections) => Partial<HackDirections>,
): Map<string, HackDirections> =>
  new Map([...modules].map(([name, directions]) => [name, { ...directions, ...change(directions) }]));
const two = (differences: Differences) => extractSvd(differences, 2);
const positiveSum = ({ v }: HackDirections) => ({
  v: Array.from(v).reduce((sum, x) => sum + x, 0) < 0 ? v.map((x) => -x) : v,
});

describe("teeth: extraction", () => {
  it("flips rejects: a sign fixed by the vector itself, absolute differences, hack alone", async () => {
    await rejects(() => extractLaws.flipsWhenSwapped((d) => changed(extractMean(d), positiveSum), pairs, meanFreedom));
    await rejects(() => extractLaws.flipsWhenSwapped((d) => changed(two(d), positiveSum), pairs, svdFreedom));
    await rejects(() =>
      extractLaws.flipsWhenSwapped((d) => extractMean({ ...d, data: d.data.map(Math.abs) }), pairs, meanFreedom),
    );
    await rejects(() =>
      extractLaws.flipsWhenSwapped((d) => extractMean({ ...d, data: d.data.map((x) => x + 1) }), pairs, meanFreedom),
    );
  });
  it("orthonormal rejects: rows not normalised; strength rejects: s of another row", async () => {
    await rejects(() =>
      extractLaws.isOrthonormal((d) => changed(extractMean(d), ({ v, s }) => ({ v: v.map((x) => x * s[0]!) })), pairs),
    );
    await rejects(() =>
      extractLaws.measuresStrength((d) => changed(two(d), ({ s }) => ({ s: s.toReversed() })), pairs),
    );
    await rejects(() =>
      extractLaws.measuresStrength((d) => changed(extractMean(d), ({ s }) => ({ s: s.map((x) => x / 2) })), pairs),
    );
  });
  it("the mean rejects: the first singular vector, the last pair, the opposite, the first pair only", async () => {
    await rejects(() => extractLaws.meanPointsAlongTheMean((d) => extractSvd(d, 1), pairs));
    await rejects(() =>
      extractLaws.meanPointsAlongTheMean((d) => changed(extractMean(d), ({ v }) => ({ v: v.map((x) => -x) })), pairs),
    );
    const weighted = (d: Differences) =>
      extractMean({ ...d, data: d.data.map((x, i) => x * (1 + Math.floor(i / (d.data.length / d.nPairs)))) });
    await rejects(() => extractLaws.meanIgnoresOrder(weighted, pairs));
    await rejects(() =>
      extractLaws.svdIgnoresOrder(
        (d) =>
          extractSvd({ ...d, data: d.data.map((x, i) => x * (1 + Math.floor(i / (d.data.length / d.nPairs)))) }, 2),
        pairs,
      ),
    );
  });
  it("the SVD rejects: the weakest vectors, squared singular values, signs as they come, the minority's sign", async () => {
    const squared = (d: Differences) => changed(two(d), ({ s }) => ({ s: s.map((x) => x * x) }));
    await rejects(() => extractLaws.svdFindsTheSpectrum(squared, pairs));
    const weakest = (d: Differences) =>
      changed(extractSvd(d, d.nPairs), ({ v, s, r }) => ({ v: v.slice(r, 3 * r), s: s.slice(1, 3), k: 2 }));
    await rejects(() => extractLaws.svdFindsTheSpectrum(weakest, pairs));
    await rejects(() =>
      extractLaws.svdFollowsTheMajority((d) => changed(two(d), ({ v }) => ({ v: v.map((x) => -x) })), pairs),
    );
  });
  it("scale rejects: a floor in absolute units; padding rejects: rows of width P", async () => {
    await rejects(() =>
      extractLaws.scalesStrengthOnly((d) => changed(two(d), ({ s }) => ({ s: s.map((x) => x + 1e-3) })), pairs),
    );
    const wide = (d: Differences) =>
      new Map(
        d.layout.moduleNames.map((name, m): [string, HackDirections] => {
          const { data, rows, cols } = moduleDifferences(
            { ...d, layout: { ...d.layout, widths: d.layout.widths.map(() => d.layout.P) } },
            m,
          );
          return [name, { v: data, s: new Float64Array(rows), k: rows, r: cols }];
        }),
      );
    await rejects(() => extractLaws.ignoresPadding(wide, pairs));
  });
});

describe("teeth: noise floors", () => {
  const floorPerModule = (modules: Modules, fraction: number) =>
    new Map([...modules].flatMap((entry) => [...dropLowestRows(new Map([entry]), fraction)]));
  const strongest = (modules: Modules, fraction: number) =>
    changed(modules, ({ v, s, r }) => ({
      v: v.map((x, i) => (s[Math.floor(i / r)]! > noiseFloor(modules, 1 - fraction - 1e-9) ? 0 : x)),
    }));
  it("the weakest dropped rejects: the strongest dropped, nothing dropped, a floor per module; monotony rejects: a fraction turned round; the rest kept rejects: rows that stay rescaled, strengths that stay zeroed; a floor of zero rejects: rows dropped all the same; the ratio per module rejects: one floor for all; agreement with NumPy rejects: a wrong quantile", async () => {
    await rejects(() => noiseFloorLaws.dropsTheWeakest(strongest, toothModules(), 0.5));
    await rejects(() => noiseFloorLaws.dropsTheWeakest(() => new Map(toothModules()), toothModules(), 0.9));
    const threeModules = new Map([
      ...toothModules(),
      ["c", { v: Float32Array.of(1), s: Float64Array.of(0.1), k: 1, r: 1 }],
    ]);
    await rejects(() => noiseFloorLaws.dropsTheWeakest(floorPerModule, threeModules, 0.25));
    await rejects(() =>
      noiseFloorLaws.isMonotone(
        (modules, fraction) => dropLowestRows(modules, 0.9 - fraction),
        toothModules(),
        0.1,
        0.8,
      ),
    );
    await rejects(() =>
      noiseFloorLaws.keepsTheRest(
        (modules, share) => changed(dropWeakRows(modules, share), ({ v }) => ({ v: v.map((x) => x * 0.5) })),
        toothModules(),
        0.2,
      ),
    );
    await rejects(() =>
      noiseFloorLaws.keepsTheRest(
        (modules, share) => changed(dropWeakRows(modules, share), ({ s }) => ({ s: s.map(() => 0) })),
        toothModules(),
        0.2,
      ),
    );
    await rejects(() => noiseFloorLaws.dropsNothingAtZero((modules) => dropWeakRows(modules, 0.5), toothModules()));
    await rejects(() => noiseFloorLaws.ratioIsPerModule(dropLowestRows, toothModules(), 0.9));
    await rejects(() =>
      noiseFloorLaws.floorAgreesWithNumpy(
        (modules, fraction) => Math.max(noiseFloor(modules, fraction), 1),
        toothModules(),
      ),
    );
  });
});

describe("teeth: controls", () => {
  it("random directions rejects: the directions themselves, zero rows filled, unnormalised draws, a clock, positive orthants", async () => {
    await rejects(() => controlLaws.isUniform((like) => new Map(like), toothModules()));
    const everyRow = (like: Modules, rng: Rng) =>
      randomDirections(
        changed(like, ({ v }) => ({ v: v.map(() => 1) })),
        rng,
      );
    await rejects(() => controlLaws.sameShape(everyRow, toothModules(), 1));
    const draws = (like: Modules, rng: Rng) => changed(like, ({ v }) => ({ v: v.map(() => rng.normal()) }));
    await rejects(() => controlLaws.isOrthonormal(draws, toothModules(), 1));
    await rejects(() =>
      controlLaws.isReproducible(
        (like) => changed(like, ({ v }) => ({ v: v.map(() => Math.random()) })),
        toothModules(),
        1,
      ),
    );
    const positive = (like: Modules, rng: Rng) =>
      changed(randomDirections(like, rng), ({ v }) => ({ v: v.map(Math.abs) }));
    await rejects(() => controlLaws.isUniform(positive, toothModules()));
  });
  it("shuffled labels rejects: labels left, all labels turned, half of a pair turned, the input changed, no seed", async () => {
    const differences = () => differencesFrom(pairs, 0);
    await rejects(() => controlLaws.flipsHalf((d) => d, differences(), 1));
    await rejects(() => controlLaws.flipsHalf((d) => ({ ...d, data: d.data.map((x) => -x) }), differences(), 1));
    await rejects(() =>
      controlLaws.flipsHalf((d) => ({ ...d, data: d.data.map((x, i) => (i % 2 === 0 ? -x : x)) }), differences(), 1),
    );
    await rejects(() =>
      controlLaws.flipsHalf(
        (d, rng) => {
          d.data.set(shuffledLabels(d, rng).data);
          return d;
        },
        differences(),
        1,
      ),
    );
    await rejects(() => controlLaws.choosesBySeed((d) => d, differences()));
  });
});

describe("teeth: vHackFile", () => {
  const vHack = (): VHack => ({
    modules: changed(toothModules(), ({ v }) => ({ v: v.map(Math.fround) })),
    metadata: { loss: "nll" },
  });
  it("the round trip rejects: rows rescaled, S dropped, metadata dropped; the same bytes rejects: bytes by insertion order", async () => {
    await rejects(() =>
      vHackFileLaws.roundTrips((path, x) => writeVHack(path, { ...x, metadata: {} }), readVHack, vHack()),
    );
    const withoutS = (path: string, x: VHack) =>
      writeVHack(path, { ...x, modules: changed(x.modules, ({ s }) => ({ s: s.map(() => Number.NaN) })) });
    await rejects(() => vHackFileLaws.roundTrips(withoutS, readVHack, vHack()));
    const halved = async (path: string) => {
      const read = await readVHack(path);
      return { ...read, modules: changed(read.modules, ({ v }) => ({ v: v.map((x) => x / 2) })) };
    };
    await rejects(() => vHackFileLaws.roundTrips(writeVHack, halved, vHack()));
    const inOrder = (path: string, x: VHack) =>
      writeSafetensors(path, new Map(), Object.fromEntries([...x.modules.keys()].map((name, i) => [name, `${i}`])));
    await rejects(() => vHackFileLaws.writesTheSameBytes(inOrder, vHack()));
  });
  it("normal rows and foreign files rejects: a reader that checks nothing; truncation rejects: a reader that defaults what it cannot read", async () => {
    const unchecked = async (path: string): Promise<VHack> => {
      const file = await openSafetensors(path);
      const modules = new Map<string, HackDirections>();
      for (const name of file.names) {
        const v = new Float32Array(await file.readFloat64(name));
        modules.set(name.slice(2), { v, s: Float64Array.of(1), k: 1, r: v.length });
      }
      await file.close();
      return { modules, metadata: file.metadata };
    };
    await rejects(() => vHackFileLaws.normalisesRows(unchecked));
    await rejects(() => vHackFileLaws.rejectsForeignFiles(unchecked));
    const forgiving = (path: string) => readVHack(path).catch((): VHack => ({ modules: new Map(), metadata: {} }));
    await rejects(() => vHackFileLaws.rejectsTruncation(writeVHack, forgiving, vHack(), 0.5));
  });
});

describe("teeth: readVHack", () => {
  it("unit rows kept rejects: every row divided by its length; overlap rejects: overlaps let through, only the first row compared; what was found rejects: a bare failure; the file closed rejects: a handle left open", async () => {
    const divided = async (path: string): Promise<VHack> => {
      const read = await readVHack(path);
      return { ...read, modules: changed(read.modules, ({ v }) => ({ v: v.map(Math.sign) })) }; // rows of one number
    };
    await rejects(() => vHackFileLaws.keepsUnitRows(divided));
    const rowsOf = async (path: string): Promise<VHack> => {
      const file = await openSafetensors(path);
      const v = await file.readFloat32("V/a").finally(() => file.close());
      const k = file.info("V/a").shape[0]!;
      return { modules: new Map([["a", { v, s: new Float64Array(k), k, r: v.length / k }]]), metadata: {} };
    };
    await rejects(() => vHackFileLaws.measuresOverlap(rowsOf));
    const firstRowOnly = (path: string) =>
      readVHack(path).catch((failure: unknown) => {
        if (String(failure).includes("rows 0 and")) throw failure;
        return rowsOf(path);
      });
    await rejects(() => vHackFileLaws.measuresOverlap(firstRowOnly));
    const bare = (path: string) => readVHack(path).catch(() => Promise.reject(new Error("the file is bad")));
    await rejects(() => vHackFileLaws.namesWhatItFound(bare));
    if (!existsSync("/proc/self/fd")) return;
    const held: { close(): Promise<void> }[] = [];
    const leaking = async (path: string) => {
      held.push(await openSafetensors(path));
      return readVHack(path);
    };
    await rejects(() => vHackFileLaws.closesItsFile(leaking));
    for (const file of held) await file.close();
  });
});

describe("teeth: vHackTable", () => {
  it("places rejects: file order for checkpoint order, rows packed without padding; misfits rejects: misfits skipped", async () => {
    const inFileOrder: typeof vHackTable = (vHack, layout) => {
      const names = [...layout.moduleNames].reverse();
      return vHackTable(vHack, {
        ...layout,
        moduleNames: names,
        widths: Int32Array.from(names, (name) => vHack.modules.get(name)!.r),
      });
    };
    await rejects(() => vHackTableLaws.placesRows(inFileOrder, toothModules()));
    const dense: typeof vHackTable = (vHack, layout) => {
      const { data, shape } = vHackTable(vHack, layout);
      const rows = layout.moduleNames.flatMap((name) => [...vHack.modules.get(name)!.v]);
      return { data: Float32Array.from(data, (_, i) => rows[i] ?? 0), shape };
    };
    await rejects(() => vHackTableLaws.placesRows(dense, toothModules()));
    const skipping: typeof vHackTable = (_, layout) => ({
      data: new Float32Array(layout.moduleNames.length * layout.P),
      shape: [layout.moduleNames.length, 1, layout.P],
    });
    await rejects(() => vHackTableLaws.rejectsMisfit(skipping, toothModules()));
  });
});

describe("teeth: compareVHack", () => {
  const remade =
    (change: (result: ReturnType<typeof compareVHack>[number]) => object) => (older: Modules, newer: Modules) =>
      compareVHack(older, newer).map((result) => ({ ...result, ...change(result) }));
  it("turns rejects: the arc cosine; signs rejects: signs forgotten, an angle between rows; strength rejects: the ratio upside down; no change in itself rejects: differences for ratios; symmetry rejects: one-way angles", async () => {
    const arcCosine = remade(({ anglesRadians }) => ({
      anglesRadians: anglesRadians.map((angle) => Math.acos(Math.min(1, Math.cos(angle)))),
    }));
    await rejects(() => compareLaws.measuresTurns(arcCosine, 1e-9));
    await rejects(() =>
      compareLaws.seesSignsNotAngles(
        remade(() => ({ signAgreement: 1 })),
        toothModules(),
      ),
    );
    await rejects(() => compareLaws.ratesStrength((older, newer) => compareVHack(newer, older), toothModules()));
    const signedAngle = remade(({ anglesRadians, signAgreement }) => ({
      anglesRadians: anglesRadians.map((angle) => (signAgreement < 1 ? Math.PI - angle : angle)),
    }));
    await rejects(() => compareLaws.seesSignsNotAngles(signedAngle, new Map([...toothModules()].slice(1))));
    await rejects(() =>
      compareLaws.findsNoChangeInItself(
        remade(({ singularRatios }) => ({ singularRatios: singularRatios.map((x) => x - 1) })),
        withoutZeroRows(),
      ),
    );
    const oneWay = (older: Modules, newer: Modules) =>
      compareVHack(older, newer).map((result) => ({
        ...result,
        anglesRadians: result.anglesRadians.map((a) => a + older.get("a")!.v[0]!),
      }));
    await rejects(() =>
      compareLaws.isSymmetric(
        oneWay,
        withoutZeroRows(),
        changed(withoutZeroRows(), () => ({ v: Float32Array.of(0, 1, 0, 0.6, 0, 0.8) })),
      ),
    );
  });
});

describe("teeth: readPairs", () => {
  it("both kinds of file rejects: lines taken as they are, hack and clean swapped; bad lines and repeated pairs rejects: lines taken as they are, bad lines skipped", async () => {
    const asTheyAre = async (path: string) => (await readJsonl(path)) as ContrastPair[];
    await rejects(() => pairLaws.readsBothKinds(asTheyAre));
    await rejects(() => pairLaws.namesTheBadLine(asTheyAre));
    await rejects(() => pairLaws.rejectsEmptyAndRepeated(asTheyAre));
    const swapped = async (path: string) =>
      (await readPairs(path)).map((pair): ContrastPair =>
        pair.kind === "text" ? { ...pair, hack: pair.clean, clean: pair.hack } : pair,
      );
    await rejects(() => pairLaws.readsBothKinds(swapped));
  });
});

function withoutZeroRows(): Map<string, HackDirections> {
  return new Map([...toothModules()].slice(0, 1));
}
