import { expect } from "vitest";
import type { PartialResult } from "../../src/numeric/partialTest.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import { expectWithin, hoeffding } from "../support/tolerance.ts";

type Partial = (y: readonly number[], labels: readonly boolean[], x: readonly number[]) => PartialResult;

const trials = 2000;

/** Rows whose label goes with a larger covariate, and whose value is `effect` label + slope covariate + noise. */
function rows(trial: number, effect: number) {
  const rng = seededRng(17, "partial", trial);
  const labels = Array.from({ length: 24 }, () => rng.uniform() < 0.5);
  const x = labels.map((label) => 3 * Number(label) + rng.normal());
  const y = x.map((value, i) => 2 * value + effect * Number(labels[i]) + rng.normal());
  return { y, labels, x };
}

const pOf = (result: PartialResult) => (result.kind === "tested" ? result.p : 1);

/** Laws of a test at equal covariate, for the real one and for its mutants. */
export const partialLaws = {
  /** numpy.linalg.lstsq and scipy.stats.t.sf */
  agreesWithNumpy(partial: Partial): void {
    const result = partial(
      [0.3, 0.5, 0.1, 0.9, 0.7, 1.2, 0.4],
      [false, false, false, true, true, true, false],
      [3, 5, 2, 4, 6, 9, 8],
    );
    if (result.kind !== "tested") throw new Error(`expected a test, got ${result.kind}`);
    expectWithin(result.difference, 0.5094059405940586, 1e-12, "coefficient of the label");
    expectWithin(result.t, 3.616944321194004, 1e-11, "t");
    expectWithin(result.p, 0.011208953842069564, 1e-11, "p");
    expect(result.df).toBe(4);
  },

  /** A value that is covariate and noise alone: P(p <= alpha) = alpha, though the labels differ in covariate. */
  isUniformWithoutEffect(partial: Partial): void {
    const found = Array.from({ length: trials }, (_, trial) => {
      const { y, labels, x } = rows(trial, 0);
      return pOf(partial(y, labels, x));
    });
    for (const alpha of [0.05, 0.3, 0.7])
      expect(
        Math.abs(found.filter((p) => p <= alpha).length / trials - alpha),
        `share of p <= ${alpha}`,
      ).toBeLessThanOrEqual(hoeffding(trials, 1e-9));
  },

  /** An effect of four noise widths is seen although the covariate goes with the label. */
  keepsEffect(partial: Partial, trial: number): void {
    const { y, labels, x } = rows(trial, 6);
    expect(pOf(partial(y, labels, x))).toBeLessThan(0.01);
  },
};
