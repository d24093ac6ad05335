import fc from "fast-check";
import { expect } from "vitest";
import { seededRng } from "../../../src/numeric/rng.ts";
import type { Condition } from "../../../src/uat/common/measurement.ts";
import type { PairMeans } from "../../../src/vhack/pairMeansFile.ts";
import type { VHack } from "../../../src/vhack/vHackFile.ts";
import { madeOfItsPairs, pairFigures, pairNote } from "../../../src/uat/r4/madeOfItsPairs.ts";
import { runSeed } from "../../support/arbitraries.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { expectWithin, gamma, norm, unitRoundoff64 } from "../../support/tolerance.ts";

type Check = (vHack: VHack, means: PairMeans) => Condition;
type Mix = (hack: Float32Array, clean: Float32Array, module: number) => Float64Array;

const r = 30;

/** Pairs whose completions share much of their gradient, and the v_hack that `mix` makes of them. */
function pairWorld(seed: number, loss: "nll" | "grpo", mix: Mix): { vHack: VHack; means: PairMeans } {
  const metadata = { loss, direction: "mean", pairs_sha256: "p" };
  const directions = new Map<string, { v: Float64Array; s: Float64Array; k: number; r: number }>();
  const modules = new Map<string, { hack: Float32Array; clean: Float32Array }>();
  for (let m = 0; m < 4; m++) {
    const rng = seededRng(seed, "pairs", m);
    const shared = Float32Array.from({ length: r }, () => rng.normal());
    const own = () => shared.map((value) => 0.7 * value + 0.5 * rng.normal());
    const [hack, clean] = [own(), own()];
    modules.set(`${m}`, { hack, clean });
    const mixed = mix(hack, clean, m);
    const length = norm(mixed);
    directions.set(`${m}`, { v: mixed.map((value) => value / length), s: Float64Array.of(1), k: 1, r });
  }
  return { vHack: { modules: directions, metadata }, means: { modules, metadata } };
}

const hackMinusClean: Mix = (hack, clean) => Float64Array.from(hack, (value, j) => value - clean[j]!);
const hackPlusClean: Mix = (hack, clean) => Float64Array.from(hack, (value, j) => value + clean[j]!);

/** Ways in which a v_hack is not what it says. */
const impostors: Readonly<Record<string, Mix>> = {
  "the mean gradient of any completion": hackPlusClean,
  "the hack completions' mean": (hack) => Float64Array.from(hack),
  "hack and clean swapped": (hack, clean) => Float64Array.from(hack, (value, j) => clean[j]! - value),
  "labels shuffled over modules": (hack, clean, m) =>
    hackMinusClean(hack, clean, m).map((value) => (m % 2 === 0 ? value : -value)),
  "a random direction": (hack, _clean, m) =>
    Float64Array.from(hack, () => seededRng(1, "random", m).normal()).map((_, j) => seededRng(1, m, j).normal()),
};

/** One module of small integers, whose sums and products are exact; its pairs may be unknown, zero or of another width. */
interface Module {
  readonly rows: readonly (readonly number[])[];
  readonly hack: readonly number[];
  readonly clean: readonly number[];
  readonly pairs: "there" | "absent" | "wider";
}
interface Modules {
  readonly modules: readonly Module[];
  readonly loss: "nll" | "grpo";
  readonly direction: "mean" | "svd";
  readonly isOfThePairs: boolean;
}
const anyModule: fc.Arbitrary<Module> = fc.integer({ min: 1, max: 4 }).chain((r) => {
  const row = fc.array(fc.integer({ min: -2, max: 2 }), { minLength: r, maxLength: r });
  return fc.record({
    rows: fc.array(row, { minLength: 1, maxLength: 2 }),
    hack: row,
    clean: row,
    pairs: fc.constantFrom("there", "there", "absent", "wider"),
  });
});
const anyModules: fc.Arbitrary<Modules> = fc.record({
  modules: fc.array(anyModule, { maxLength: 4 }),
  loss: fc.constantFrom("nll", "grpo"),
  direction: fc.constantFrom("mean", "svd"),
  isOfThePairs: fc.boolean(),
});

function filesOf({ modules, loss, direction, isOfThePairs }: Modules): { vHack: VHack; means: PairMeans } {
  const named = modules.map((module, m) => [`${m}`, module] as const);
  const directionsOf = ({ rows, hack }: Module) => ({
    v: Float64Array.from(rows.flat()),
    s: new Float64Array(rows.length),
    k: rows.length,
    r: hack.length,
  });
  const meansOf = ({ hack, clean, pairs }: Module) => {
    const [ofHack, ofClean] = [hack, clean].map((mean) => Float32Array.from(pairs === "wider" ? [...mean, 1] : mean));
    return { hack: ofHack!, clean: ofClean! };
  };
  return {
    vHack: {
      modules: new Map(named.map(([name, module]) => [name, directionsOf(module)])),
      metadata: { loss, direction, pairs_sha256: "p" },
    },
    means: {
      modules: new Map(
        named.filter(([, { pairs }]) => pairs !== "absent").map(([name, module]) => [name, meansOf(module)]),
      ),
      metadata: { pairs_sha256: isOfThePairs ? "p" : "q" },
    },
  };
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, j) => sum + x * b[j]!, 0);

/** Mean cosine of the summed rows with a mean of the pairs, over the modules that have both a direction and pairs. */
function meanCosine({ modules }: Modules, meanOf: (module: Module) => readonly number[]): number {
  const cosines = modules.flatMap((module) => {
    const sum = module.hack.map((_, j) =>
      dot(
        module.rows.map((row) => row[j]!),
        module.rows.map(() => 1),
      ),
    );
    const mean = meanOf(module);
    if (module.pairs === "absent" || dot(sum, sum) === 0) return [];
    return [
      module.pairs === "wider" || dot(mean, mean) === 0
        ? 0
        : dot(sum, mean) / Math.sqrt(dot(sum, sum) * dot(mean, mean)),
    ];
  });
  return (
    dot(
      cosines,
      cosines.map(() => 1),
    ) / cosines.length
  );
}

const holds = ({ value, relation, bound }: Condition) => (relation === "at least" ? value >= bound : value > bound);

const check: Check = (vHack, means) => madeOfItsPairs(pairFigures(vHack, means));
const figuresOf = (seed: number) => {
  const { vHack, means } = pairWorld(seed, "nll", hackMinusClean);
  return pairFigures(vHack, means);
};
const noteOf = (vHack: VHack, means: PairMeans) =>
  pairNote({ kind: "found", path: "means", value: pairFigures(vHack, means) });

const unsigned: Check = (...given) => {
  const condition = check(...given);
  return { ...condition, value: Math.abs(condition.value) };
};
const unhashed: Check = (vHack, means) => check(vHack, { ...means, metadata: vHack.metadata });
const asContrastive: Check = (vHack, means) =>
  check({ ...vHack, metadata: { ...vHack.metadata, loss: "grpo" } }, means);
const filled: Check = (vHack, means) => {
  const zeros = [...vHack.modules].map(
    ([name, { r }]) => [name, { hack: new Float32Array(r), clean: new Float32Array(r) }] as const,
  );
  return check(vHack, { ...means, modules: new Map([...zeros, ...means.modules]) });
};
const firstRow: Check = (vHack, means) =>
  check(
    {
      ...vHack,
      modules: new Map([...vHack.modules].map(([name, one]) => [name, { ...one, v: one.v.slice(0, one.r), k: 1 }])),
    },
    means,
  );
const sure: Check = (...given) => ({ ...check(...given), value: 1 });
const few: Modules = {
  loss: "nll",
  direction: "mean",
  isOfThePairs: true,
  modules: [
    {
      rows: [
        [1, 0],
        [0, 2],
      ],
      hack: [2, 1],
      clean: [1, 1],
      pairs: "there",
    },
    { rows: [[1, 1]], hack: [1, 0], clean: [0, 1], pairs: "absent" },
  ],
};

/** Checks that let an impostor pass: by its name. */
const loose: Readonly<Record<string, Readonly<Record<string, readonly [Check, number]>>>> = {
  "the mean gradient of any completion": { "a check that knows no difference": [asContrastive, 1] },
  "the hack completions' mean": { "a check that is always in line": [sure, 1] },
  "hack and clean swapped": { "a check that knows no sign": [unsigned, 1] },
  "labels shuffled over modules": { "a check that is always in line": [sure, 1] },
  "a random direction": { "a check that is always in line": [sure, 1] },
};

lawsOf<Check>("madeOfItsPairs", check, (law) => {
  law("accepts what the pairs give: hack minus clean by NLL, their signed sum by the contrastive loss", {
    for: [runSeed],
    holds: (check, seed) => {
      const nll = pairWorld(seed, "nll", hackMinusClean);
      expect(holds(check(nll.vHack, nll.means))).toBe(true);
      // the contrastive loss gives the clean gradient its sign
      const grpo = pairWorld(seed, "grpo", hackPlusClean);
      expect(holds(check(grpo.vHack, grpo.means))).toBe(true);
    },
    rejects: {
      "a check for the other loss": [asContrastive, 1],
    },
  });

  for (const [name, mix] of Object.entries(impostors))
    law(`refuses ${name}`, {
      else: "R4 passes for it wherever wrong bodies have larger gradients",
      for: [runSeed],
      holds: (check, seed) => {
        const { vHack, means } = pairWorld(seed, "nll", mix);
        expect(holds(check(vHack, means))).toBe(false);
      },
      rejects: { ...loose[name] },
    });

  /** The value, and the three cosines of the note, are means over modules worked out from their integers. */
  law(
    "averages modules: value = mean over those with a direction and pairs of its cosine, 0 where the pairs' mean is zero or of another width",
    {
      else: "one module speaks for all, or a module without a direction counts against v_hack",
      for: [anyModules],
      holds: (check, given) => {
        const { vHack, means } = filesOf(given);
        const sign = given.loss === "grpo" ? 1 : -1;
        const expected = {
          difference: meanCosine(given, ({ hack, clean }) => hack.map((x, j) => x + sign * clean[j]!)),
          hack: meanCosine(given, ({ hack }) => hack),
          clean: meanCosine(given, ({ clean }) => clean),
        };
        const { label, text, values } = noteOf(vHack, means);
        expect([label, Object.keys(values)]).toEqual(["v_hack against its pairs", ["difference", "hack", "clean"]]);
        const { value, relation, bound, cause } = check(vHack, means);
        expect([relation, bound]).toEqual(given.direction === "mean" ? ["at least", 0.999] : ["more than", 0]);
        expect(value).toBe(given.isOfThePairs ? values["difference"] : Number.NaN);
        for (const name of ["difference", "hack", "clean"] as const) {
          const cosine = Number(values[name]);
          // norms and a dot product of up to four entries, of at most 1, summed over up to four modules
          if (!Number.isNaN(expected[name])) expectWithin(cosine, expected[name], gamma(40, unitRoundoff64), name);
          else expect(cosine).toBe(Number.NaN);
          expect([text.includes(cosine.toFixed(3)), cause.includes(cosine.toFixed(2))]).toEqual([true, true]);
        }
      },
      rejects: {
        "modules without pairs counted as 0": [filled, few],
        "the first row for the sum": [firstRow, few],
        "always in line": [sure, few],
      },
    },
  );

  law("accepts v_hack only with the world that it came from", {
    for: [],
    holds: (check) => {
      const { vHack } = pairWorld(1, "nll", hackMinusClean);
      expect(check(vHack, pairWorld(2, "nll", hackMinusClean).means).value).toBeLessThan(0.9);
    },
    rejects: { "always in line": [sure] },
  });

  law("refuses the means of other pairs", {
    else: "v_hack is held against pairs that it was not made of",
    for: [runSeed],
    holds: (check, seed) => {
      const { vHack, means } = pairWorld(seed, "nll", hackMinusClean);
      expect(holds(check(vHack, { ...means, metadata: { ...means.metadata, pairs_sha256: "q" } }))).toBe(false);
    },
    rejects: {
      "a check that knows no hash": [unhashed, 1],
    },
  });
});

lawsOf("pairNote", pairNote, (law) => {
  law("says where there was nothing to check against: the path of the absent means, no figures", {
    else: "a v_hack that nobody checked reads as checked",
    for: [],
    holds: (note) =>
      expect(note({ kind: "missing", path: "means", command: "vhack extract" })).toEqual({
        label: "v_hack against its pairs",
        text: "not checked: means is absent",
        values: {},
      }),
    rejects: {
      "a check that was made up": [() => pairNote({ kind: "found", path: "", value: figuresOf(1) })],
    },
  });
});
