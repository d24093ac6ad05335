import { expect } from "vitest";
import { moduleDifferences, type Differences } from "../../src/vhack/differences.ts";
import type { HackDirections } from "../../src/vhack/vHackFile.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, gamma, norm, unitRoundoff64 } from "../support/tolerance.ts";
import { anyModules, differencesFrom, negated, toothModules, type ModulePairs } from "./differences.ts";
import { changed } from "./directions.ts";

export type Extract = (differences: Differences) => Map<string, HackDirections>;
export type Pairs = readonly (readonly number[])[];
/** How far an entry of row i may move when rounding falls otherwise. */
export type Freedom = (pairs: Pairs, row: readonly number[], i: number) => number;

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, j) => sum + value * b[j]!, 0);
export const rowsOf = ({ v, k, r }: HackDirections) =>
  Array.from({ length: k }, (_, i) => Array.from(v.subarray(i * r, (i + 1) * r)));
/** What an extraction finds in these pairs, module by module. */
export function extracted(extract: Extract, modules: ModulePairs): HackDirections[] {
  const found = extract(differencesFrom(modules, 0));
  return modules.map((_, m) => found.get(`module.${m}`)!);
}
/** Rounding of a decomposition of D, as a share of its largest singular value. */
export const backwardError = (pairs: Pairs) => 16 * gamma(pairs.length * pairs[0]!.length + 16, unitRoundoff64);

/** The differences with something done to each number, given that and the number of its pair. */
export const mapped = (d: Differences, change: (x: number, pair: number) => number): Differences => ({
  ...d,
  data: d.data.map((x, i) => change(x, Math.floor(i / (d.data.length / d.nPairs)))),
});

/** Rows of width P, whatever the module's own width. */
const withPadding: Extract = (d) =>
  new Map(
    d.layout.moduleNames.map((name, m): [string, HackDirections] => {
      const widths = d.layout.widths.map(() => d.layout.P);
      const { data, rows, cols } = moduleDifferences({ ...d, layout: { ...d.layout, widths } }, m);
      return [name, { v: data, s: new Float64Array(rows), k: rows, r: cols }];
    }),
  );

const positiveSum = ({ v }: HackDirections) => ({
  v: Array.from(v).reduce((sum, x) => sum + x, 0) < 0 ? v.map((x) => -x) : v,
});

/** Laws of any extraction of directions from differences. */
export function lawsOfEveryExtraction(name: string, extract: Extract, freedom: Freedom): void {
  const then =
    (change: (found: HackDirections) => Partial<HackDirections>): Extract =>
    (d) =>
      changed(extract(d), change);

  lawsOf(name, extract, (law) => {
    law("is orthonormal: |v_i| = 1 where s_i > 0, v_i = 0 where s_i = 0, v_i · v_j = 0", {
      for: [anyModules],
      holds: (extraction, modules) =>
        extracted(extraction, modules).forEach((directions) => {
          const rows = rowsOf(directions);
          rows.forEach((row, i) => {
            const length = norm(row);
            if (length !== 0) expectWithin(length, 1, gamma(64, unitRoundoff64), `row ${i}`);
            expect(length === 0).toBe(directions.s[i] === 0);
            for (let l = 0; l < i; l++)
              expectWithin(dot(row, rows[l]!), 0, gamma(64, unitRoundoff64), `rows ${l} and ${i}`);
          });
        }),
      rejects: { "rows not normalised": [then(({ v, s }) => ({ v: v.map((x) => x * s[0]!) })), toothModules] },
    });

    law("measures strength: s_i = |D v_i|", {
      for: [anyModules],
      holds: (extraction, modules) =>
        extracted(extraction, modules).forEach((directions, m) => {
          const bound = backwardError(modules[m]!) * norm(modules[m]!.flat());
          rowsOf(directions).forEach((row, i) => {
            const strength = norm(modules[m]!.map((d) => dot(d, row)));
            expectWithin(directions.s[i]!, strength, bound, `s ${i} of module ${m}`);
          });
        }),
      rejects: {
        "half the strength": [then(({ s }) => ({ s: s.map((x) => x / 2) })), toothModules],
        "s of another row": [
          (d) => {
            const [first, ...rest] = [...extract(d)];
            return new Map([[first![0], { ...first![1], s: rest[0]![1].s }], ...rest]);
          },
          toothModules,
        ],
      },
    });

    law("flips when hack and clean are swapped: v(-D) = -v(D)", {
      else: "the direction does not know hack from clean",
      for: [anyModules],
      holds: (extraction, modules) => {
        const [plain, swapped] = [extracted(extraction, modules), extracted(extraction, negated(modules))];
        plain.forEach((directions, m) =>
          rowsOf(directions).forEach((row, i) => {
            const bound = freedom(modules[m]!, row, i);
            row.forEach((value, j) =>
              expectWithin(swapped[m]!.v[i * directions.r + j]!, -value, bound, `row ${i} of module ${m}`),
            );
          }),
        );
      },
      rejects: {
        "a sign fixed by the vector itself": [then(positiveSum), toothModules],
        "absolute differences": [(d) => extract(mapped(d, Math.abs)), toothModules],
        "hack alone": [(d) => extract(mapped(d, (x) => x + 1)), toothModules],
      },
    });

    law("scales its strength only: v(2 D) = v(D), s(2 D) = 2 s(D), bit for bit", {
      for: [anyModules],
      holds: (extraction, modules) => {
        const doubled = modules.map((pairs) => pairs.map((row) => row.map((x) => 2 * x)));
        const [plain, scaled] = [extracted(extraction, modules), extracted(extraction, doubled)];
        plain.forEach((directions, m) => {
          expect(scaled[m]!.v).toEqual(directions.v);
          expect(scaled[m]!.s).toEqual(directions.s.map((s) => 2 * s));
        });
      },
      rejects: {
        "a floor in absolute units": [then(({ s }) => ({ s: s.map((x) => x + 1e-3) })), toothModules],
      },
    });

    law("is invariant to what the padding holds", {
      for: [anyModules],
      holds: (extraction, modules) =>
        expect([...extraction(differencesFrom(modules, 7))]).toEqual([...extraction(differencesFrom(modules, 0))]),
      rejects: { "rows of width P": [withPadding, toothModules] },
    });
  });
}
