import { SingularValueDecomposition, Matrix as MlMatrix } from "ml-matrix";
import { expect } from "vitest";
import type { Differences } from "../../src/vhack/differences.ts";
import type { HackDirections } from "../../src/vhack/vHackFile.ts";
import { expectWithin, gamma, norm, unitRoundoff64 } from "../support/tolerance.ts";
import { differencesFrom, negated, reordered, type ModulePairs } from "./differences.ts";

type Extract = (differences: Differences) => Map<string, HackDirections>;

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, j) => sum + value * b[j]!, 0);
const rowsOf = ({ v, k, r }: HackDirections) =>
  Array.from({ length: k }, (_, i) => Array.from(v.subarray(i * r, (i + 1) * r)));
const extracted = (extract: Extract, modules: ModulePairs) => {
  const found = extract(differencesFrom(modules, 0));
  return modules.map((_, m) => found.get(`module.${m}`)!);
};
const meanOf = (pairs: readonly (readonly number[])[]) =>
  pairs[0]!.map((_, j) => pairs.reduce((sum, row) => sum + row[j]!, 0) / pairs.length);
/** Rounding of a decomposition of D, as a share of its largest singular value. */
const backwardError = (pairs: readonly (readonly number[])[]) =>
  16 * gamma(pairs.length * pairs[0]!.length + 16, unitRoundoff64);

/** All singular values by an independent implementation, padded with zeros to as many as there are pairs. */
function spectrum(pairs: readonly (readonly number[])[]): number[] {
  const values = new SingularValueDecomposition(new MlMatrix(pairs.map((row) => [...row])), { autoTranspose: true })
    .diagonal;
  return Array.from({ length: pairs.length }, (_, i) => values[i] ?? 0);
}

/** How far an entry of row i may move when rounding falls otherwise. */
export type Freedom = (pairs: readonly (readonly number[])[], row: readonly number[], i: number) => number;

/** Two unit vectors differ by 2 at most, and their rounding. */
const anyUnitVector = 2.5;

/** The mean is a sum of the same numbers, up to sign: nothing is free. */
export const meanFreedom: Freedom = () => 0;

/**
 * Wedin: a singular vector turns by the error over its gap to the neighbouring singular values. Its votes c = D v = s u then
 * change by the error and by s times u's turn. Its sign is free where a vote lies within that, and where votes are tied
 * and their sum does.
 */
export const svdFreedom: Freedom = (pairs, row, i) => {
  const values = spectrum(pairs);
  const noise = backwardError(pairs) * values[0]!;
  const gap = Math.min(
    values[i]! - (values[i + 1] ?? 0),
    i === 0 ? Number.POSITIVE_INFINITY : values[i - 1]! - values[i]!,
  );
  if (gap <= 0) return anyUnitVector;
  const turn = (4 * noise) / gap;
  const voteNoise = 4 * noise + values[i]! * turn;
  const votes = pairs.map((d) => dot(d, row));
  const isTied = votes.reduce((sum, c) => sum + Math.sign(c), 0) === 0;
  const total = votes.reduce((sum, c) => sum + c, 0);
  const isUndecided =
    votes.some((c) => Math.abs(c) <= voteNoise) || (isTied && Math.abs(total) <= votes.length * voteNoise);
  return isUndecided ? anyUnitVector : turn;
};

/** Laws of any extraction, then those of the mean and of the SVD. */
export const extractLaws = {
  isOrthonormal(extract: Extract, modules: ModulePairs): void {
    extracted(extract, modules).forEach((directions) => {
      const rows = rowsOf(directions);
      rows.forEach((row, i) => {
        const length = norm(row);
        if (length !== 0) expectWithin(length, 1, gamma(64, unitRoundoff64), `row ${i}`);
        expect(length === 0).toBe(directions.s[i] === 0);
        for (let l = 0; l < i; l++)
          expectWithin(dot(row, rows[l]!), 0, gamma(64, unitRoundoff64), `rows ${l} and ${i}`);
      });
    });
  },

  /** s is what the pairs spend on the direction. */
  measuresStrength(extract: Extract, modules: ModulePairs): void {
    extracted(extract, modules).forEach((directions, m) =>
      rowsOf(directions).forEach((row, i) => {
        const strength = norm(modules[m]!.map((d) => dot(d, row)));
        expectWithin(
          directions.s[i]!,
          strength,
          backwardError(modules[m]!) * norm(modules[m]!.flat()),
          `s ${i} of module ${m}`,
        );
      }),
    );
  },

  flipsWhenSwapped(extract: Extract, modules: ModulePairs, freedom: Freedom): void {
    const [plain, swapped] = [extracted(extract, modules), extracted(extract, negated(modules))];
    plain.forEach((directions, m) =>
      rowsOf(directions).forEach((row, i) => {
        const bound = freedom(modules[m]!, row, i);
        row.forEach((value, j) =>
          expectWithin(swapped[m]!.v[i * directions.r + j]!, -value, bound, `row ${i} of module ${m}`),
        );
      }),
    );
  },

  ignoresPadding(extract: Extract, modules: ModulePairs): void {
    expect([...extract(differencesFrom(modules, 7))]).toEqual([...extract(differencesFrom(modules, 0))]);
  },

  scalesStrengthOnly(extract: Extract, modules: ModulePairs): void {
    const doubled = modules.map((pairs) => pairs.map((row) => row.map((x) => 2 * x)));
    const [plain, scaled] = [extracted(extract, modules), extracted(extract, doubled)];
    plain.forEach((directions, m) => {
      expect(scaled[m]!.v).toEqual(directions.v);
      expect(scaled[m]!.s).toEqual(directions.s.map((s) => 2 * s));
    });
  },

  meanPointsAlongTheMean(extract: Extract, modules: ModulePairs): void {
    extracted(extract, modules).forEach((directions, m) => {
      const mean = meanOf(modules[m]!);
      const length = norm(mean);
      expect(directions.k).toBe(1);
      const bound = conditionOf(modules[m]!);
      mean.forEach((value, j) =>
        expectWithin(directions.v[j]!, length === 0 ? 0 : value / length, bound, `module ${m} entry ${j}`),
      );
    });
  },

  meanIgnoresOrder(extract: Extract, modules: ModulePairs): void {
    const [plain, turned] = [extracted(extract, modules), extracted(extract, reordered(modules))];
    plain.forEach(({ v }, m) =>
      v.forEach((value, j) =>
        expectWithin(turned[m]!.v[j]!, value, 2 * conditionOf(modules[m]!), `module ${m} entry ${j}`),
      ),
    );
  },

  svdFindsTheSpectrum(extract: Extract, modules: ModulePairs): void {
    extracted(extract, modules).forEach(({ s, k }, m) => {
      const values = spectrum(modules[m]!);
      for (let i = 0; i < k; i++)
        expectWithin(s[i]!, values[i]!, backwardError(modules[m]!) * values[0]!, `s ${i} of module ${m}`);
    });
  },

  svdIgnoresOrder(extract: Extract, modules: ModulePairs): void {
    const [plain, turned] = [extracted(extract, modules), extracted(extract, reordered(modules))];
    plain.forEach((directions, m) =>
      rowsOf(directions).forEach((row, i) => {
        const bound = svdFreedom(modules[m]!, row, i);
        row.forEach((value, j) =>
          expectWithin(turned[m]!.v[i * directions.r + j]!, value, bound, `row ${i} of module ${m}`),
        );
      }),
    );
  },

  svdFollowsTheMajority(extract: Extract, modules: ModulePairs): void {
    extracted(extract, modules).forEach((directions, m) =>
      rowsOf(directions).forEach((row, i) => {
        const votes = modules[m]!.map((d) => dot(d, row));
        const noise = backwardError(modules[m]!) * norm(modules[m]!.flat());
        if (votes.some((c) => Math.abs(c) <= noise)) return;
        const [forIt, against] = [votes.filter((c) => c > 0).length, votes.filter((c) => c < 0).length];
        const total = votes.reduce((sum, c) => sum + c, 0);
        expect(
          forIt > against || (forIt === against && total >= -noise * votes.length),
          `row ${i} of module ${m}: ${forIt} to ${against}`,
        ).toBe(true);
      }),
    );
  },
};

/** Error of the unit mean: rounding of the sum over what is left of it after cancellation. */
function conditionOf(pairs: readonly (readonly number[])[]): number {
  const spent = norm(pairs.flat()) * Math.sqrt(pairs.length);
  const left = norm(meanOf(pairs)) * pairs.length;
  return left === 0 ? 1 : (gamma(4 * pairs.length + 16, unitRoundoff64) * 4 * spent) / left;
}
