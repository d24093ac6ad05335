import fc from "fast-check";
import { expect } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { dropLowestRows, dropWeakRows, noiseFloor } from "../../src/vhack/noiseFloor.ts";
import type { HackDirections } from "../../src/vhack/vHackFile.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../support/tolerance.ts";
import { anyVHackModules, changed, isZero, rowOf, toothModules } from "./directions.ts";

type Modules = ReadonlyMap<string, HackDirections>;
type Drop = (modules: Modules, share: number) => Map<string, HackDirections>;

const fraction = fc.double({ min: 0, max: 0.99, noNaN: true });
const unknownS = () => changed(toothModules(), ({ s }) => ({ s: s.map(() => Number.NaN) }));
/** One row of the two of a module without its strength. */
const partlyKnownS = () => changed(toothModules(), () => ({ s: Float64Array.of(4, Number.NaN) }));

/** Names of the rows that are left. */
function kept(modules: Modules): Set<string> {
  return new Set(
    [...modules].flatMap(([name, directions]) =>
      [...directions.s.keys()].filter((i) => !isZero(rowOf(directions, i))).map((i) => `${name} ${i}`),
    ),
  );
}
const allS = (modules: Modules) => [...modules.values()].flatMap(({ s }) => [...s]);
/** The same modules, those without a known strength counted as 0. */
const knownS = (modules: Modules) => changed(modules, ({ s }) => ({ s: s.map((x) => (Number.isNaN(x) ? 0 : x)) }));
const inRange = (share: number) => Math.min(0.99, Math.max(0, Number.isNaN(share) ? 0 : share));

lawsOf<(modules: Modules, share: number) => number>("noiseFloor", noiseFloor, (law) => {
  law("agrees with numpy: quantile of all singular values of all modules", {
    for: [],
    holds: (floor) => {
      // numpy.quantile([4, 1, 3, 0.5], [0, .25, .5, .9])
      for (const [share, value] of [
        [0, 0.5],
        [0.25, 0.875],
        [0.5, 2],
        [0.9, 3.7],
      ] as const)
        expectWithin(floor(toothModules(), share), value, gamma(8, unitRoundoff64) * 4, `floor at ${share}`);
    },
    rejects: { "a wrong quantile": [(modules, share) => Math.max(noiseFloor(modules, share), 1)] },
  });

  law("rejects a fraction outside [0, 1) and unknown singular values -> ConfigError", {
    for: [],
    holds: (floor) => {
      for (const wrong of [1, -0.1, Number.NaN]) expect(() => floor(toothModules(), wrong)).toThrow(ConfigError);
      expect(() => floor(unknownS(), 0.25)).toThrow(/singular values/);
      expect(() => floor(partlyKnownS(), 0.25)).toThrow(/singular values S\/a,/);
    },
    rejects: {
      "a fraction clamped": [(modules, share) => noiseFloor(modules, inRange(share))],
      "an unknown strength counted as 0": [(modules, share) => noiseFloor(knownS(modules), share)],
    },
  });
});

/** Laws of both ways to drop rows. */
function lawsOfDropping(name: string, drop: Drop): void {
  const then =
    (change: (directions: HackDirections) => Partial<HackDirections>): Drop =>
    (modules, share) =>
      changed(drop(modules, share), change);

  lawsOf<Drop>(name, drop, (law) => {
    law("is monotone in its share: more dropped keeps a subset", {
      for: [anyVHackModules, fraction, fraction],
      holds: (dropping, modules, a, b) => {
        const [fewer, more] = [kept(dropping(modules, Math.max(a, b))), kept(dropping(modules, Math.min(a, b)))];
        expect([...fewer].filter((row) => !more.has(row))).toEqual([]);
      },
      rejects: {
        "a fraction turned round": [(modules, share) => drop(modules, 0.9 - share), toothModules(), 0.1, 0.8],
      },
    });

    law("leaves the other rows and every s as they were", {
      for: [anyVHackModules, fraction],
      holds: (dropping, modules, share) => {
        const before = [...modules].map(([moduleName, { v, s }]) => [moduleName, v.slice(), s.slice()]);
        const dropped = dropping(modules, share);
        const after = [...modules].map(([moduleName, { v, s }]) => [moduleName, v, s]);
        expect(after, "the modules that were given").toEqual(before);
        for (const [moduleName, directions] of dropped) {
          const original = modules.get(moduleName)!;
          expect(directions.s).toEqual(original.s);
          for (const i of original.s.keys())
            if (!isZero(rowOf(directions, i))) expect(rowOf(directions, i)).toEqual(rowOf(original, i));
        }
      },
      rejects: {
        "rows that stay rescaled": [then(({ v }) => ({ v: v.map((x) => x * 0.5) })), toothModules(), 0.2],
        "strengths that stay zeroed": [then(({ s }) => ({ s: s.map(() => 0) })), toothModules(), 0.2],
      },
    });

    law("drops nothing at 0", {
      for: [anyVHackModules],
      holds: (dropping, modules) => expect([...dropping(modules, 0)]).toEqual([...modules]),
      rejects: { "rows dropped all the same": [(modules) => drop(modules, 0.5), toothModules()] },
    });
  });
}

lawsOfDropping("dropLowestRows", dropLowestRows);
lawsOfDropping("dropWeakRows", dropWeakRows);

const floorPerModule: Drop = (modules, share) =>
  new Map([...modules].flatMap((entry) => [...dropLowestRows(new Map([entry]), share)]));
const strongest: Drop = (modules, share) =>
  changed(modules, ({ v, s, r }) => ({
    v: v.map((x, i) => (s[Math.floor(i / r)]! > noiseFloor(modules, 1 - share - 1e-9) ? 0 : x)),
  }));
const threeModules = () =>
  new Map([...toothModules(), ["c", { v: Float32Array.of(1), s: Float64Array.of(0.1), k: 1, r: 1 }]]);

lawsOf<Drop>("dropLowestRows", dropLowestRows, (law) => {
  law("drops the weakest rows over all modules: about fraction (rows - 1) of them", {
    else: "the floor keeps noise and drops the hack",
    for: [anyVHackModules, fraction],
    holds: (drop, modules, share) => {
      const left = kept(drop(modules, share));
      const strengths = (keep: boolean) =>
        [...modules].flatMap(([name, { s }]) => [...s].filter((_, i) => left.has(`${name} ${i}`) === keep));
      // every row that goes is weaker than every row that stays
      expect(Math.max(...strengths(false), -1)).toBeLessThanOrEqual(Math.min(...strengths(true)));
      const dropped = strengths(false).length;
      const rows = allS(modules).length;
      expect(dropped).toBeLessThanOrEqual(Math.ceil(share * (rows - 1)));
      const isDistinct = new Set(allS(modules)).size === rows;
      if (isDistinct) expect(dropped).toBeGreaterThanOrEqual(Math.floor(share * (rows - 1)));
    },
    rejects: {
      "the strongest dropped": [strongest, toothModules(), 0.5],
      "nothing dropped": [() => new Map(toothModules()), toothModules(), 0.9],
      "a floor per module": [floorPerModule, threeModules(), 0.25],
    },
  });
});

lawsOf<Drop>("dropWeakRows", dropWeakRows, (law) => {
  law("drops per module: s_i < threshold s_0, never the first", {
    for: [anyVHackModules, fraction],
    holds: (drop, modules, threshold) => {
      for (const [name, directions] of drop(modules, threshold)) {
        const { s } = modules.get(name)!;
        for (const i of s.keys())
          if (!isZero(rowOf(modules.get(name)!, i)))
            expect(isZero(rowOf(directions, i))).toBe(s[i]! < threshold * s[0]!);
      }
    },
    rejects: { "one floor for all": [dropLowestRows, toothModules(), 0.9] },
  });

  law(
    "keeps a row at the threshold itself: s_i = threshold s_0 is kept, and threshold 1 keeps every row as strong as the first",
    {
      for: [],
      holds: (drop) => {
        const left = (s: number[], threshold: number) => {
          const module = { v: Float32Array.of(1, 0, 0, 1), s: Float64Array.from(s), k: 2, r: 2 };
          return [...drop(new Map([["a", module]]), threshold).get("a")!.v];
        };
        expect(left([4, 1], 0.25)).toEqual([1, 0, 0, 1]);
        expect(left([4, 1], 0.5)).toEqual([1, 0, 0, 0]);
        expect(left([4, 4], 1)).toEqual([1, 0, 0, 1]);
        expect(left([4, 3], 1)).toEqual([1, 0, 0, 0]);
      },
      rejects: {
        "a row at the threshold dropped": [(modules, share) => dropWeakRows(modules, Math.min(1, share * (1 + 1e-9)))],
      },
    },
  );

  law("rejects a threshold outside [0, 1] and unknown singular values -> ConfigError", {
    for: [],
    holds: (drop) => {
      for (const wrong of [1.1, -0.1, Number.NaN]) expect(() => drop(toothModules(), wrong)).toThrow(ConfigError);
      expect(() => drop(unknownS(), 0.25)).toThrow(ConfigError);
      expect(() => drop(partlyKnownS(), 0.25)).toThrow(/singular values S\/a,/);
    },
    rejects: {
      "a threshold clamped": [(modules, share) => dropWeakRows(modules, inRange(share))],
      "an unknown strength counted as 0": [(modules, share) => dropWeakRows(knownS(modules), share)],
    },
  });
});
