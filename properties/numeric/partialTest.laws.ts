import fc from "fast-check";
import { expect } from "vitest";
import { lineFit } from "../../src/numeric/lineFit.ts";
import { partialGreater, type PartialResult } from "../../src/numeric/partialTest.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import { welchGreater } from "../../src/numeric/welch.ts";
import { anyExponent, inUnit } from "../support/arbitraries.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, hoeffding } from "../support/tolerance.ts";

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

function welchOf(y: readonly number[], labels: readonly boolean[]): PartialResult {
  const test = welchGreater(
    y.filter((_, i) => labels[i]),
    y.filter((_, i) => !labels[i]),
  );
  return test.kind === "tested"
    ? { kind: "tested", t: test.t, df: test.df, p: test.p, difference: test.meanA - test.meanB }
    : { kind: "tooFew" };
}
const residual: typeof partialGreater = (y, labels, x) => welchOf(lineFit(x, y).residuals, labels);
const otherSide: typeof partialGreater = (y, labels, x) =>
  partialGreater(
    y.map((value) => -value),
    labels,
    x,
  );

lawsOf("partialGreater", partialGreater, (law) => {
  law("agrees with least squares: coefficient, t and p of cos ~ 1 + label + length", {
    for: [],
    holds: (partial) => {
      // numpy.linalg.lstsq and scipy.stats.t.sf
      const result = partial(
        [0.3, 0.5, 0.1, 0.9, 0.7, 1.2, 0.4],
        [false, false, false, true, true, true, false],
        [3, 5, 2, 4, 6, 9, 8],
      );
      if (result.kind !== "tested") return expect.fail(`expected a test, got ${result.kind}`);
      expectWithin(result.difference, 0.5094059405940586, 1e-12, "coefficient of the label");
      expectWithin(result.t, 3.616944321194004, 1e-11, "t");
      expectWithin(result.p, 0.011208953842069564, 1e-11, "p");
      expect(result.df).toBe(4);
    },
    rejects: { "Welch on residuals": [residual] },
  });

  law("is uniform where the covariate explains all, though labels differ in it: P(p <= alpha) = alpha", {
    else: "a length signal passes for the hack direction, or a true difference is put down to length",
    for: [],
    holds: (partial) => {
      const found = Array.from({ length: trials }, (_, trial) => {
        const { y, labels, x } = rows(trial, 0);
        return pOf(partial(y, labels, x));
      });
      for (const alpha of [0.05, 0.3, 0.7]) {
        const share = found.filter((p) => p <= alpha).length / trials;
        expect(Math.abs(share - alpha), `share of p <= ${alpha}`).toBeLessThanOrEqual(hoeffding(trials, 1e-9));
      }
    },
    rejects: { "Welch without the covariate": [welchOf], "Welch on residuals": [residual] },
  });

  law("keeps a true effect of four noise widths beside a covariate that goes with the label", {
    for: [fc.integer({ min: 1, max: 10 })],
    holds: (partial, trial) => {
      const { y, labels, x } = rows(trial, 6);
      expect(pOf(partial(y, labels, x))).toBeLessThan(0.01);
    },
    examples: Array.from({ length: 10 }, (_, i): [number] => [i + 1]),
    rejects: { "the other side": [otherSide, 1] },
  });

  law("knows no unit, bit for bit: test(2^j y, 2^k x) = test(y, x), its difference in 2^j, for j, k of -900 to 900", {
    else: "R4's test at equal length depends on the unit of the cosine",
    for: [fc.integer({ min: 1, max: 50 }), anyExponent, anyExponent],
    holds: (partial, trial, j, k) => {
      const { y, labels, x } = rows(trial, 1);
      const inSteps = (values: readonly number[]) => values.map((value) => Math.round(16 * value));
      const plain = partial(inSteps(y), labels, inSteps(x));
      const scaled = partial(inUnit(inSteps(y), j), labels, inUnit(inSteps(x), k));
      const difference = plain.kind === "tested" ? { difference: plain.difference * 2 ** j } : {};
      expect(scaled).toEqual({ ...plain, ...difference });
    },
    rejects: {
      "nothing left below 1e-100": [
        (y, labels, x) =>
          Math.max(...y.map(Math.abs)) < 1e-100 ? { kind: "noVariance" } : partialGreater(y, labels, x),
        1,
        -600,
        0,
      ],
      "a covariate that is lost in the unit": [
        (y, labels, x) => partialGreater(y, labels, Math.max(...x.map(Math.abs)) > 1e100 ? x.map(() => 0) : x),
        1,
        0,
        600,
      ],
    },
  });

  law("names what cannot be tested: too few rows, one label, collinear, nothing left", {
    for: [],
    holds: (partial) => {
      expect(partial([1, 2, 3], [true, false, true], [1, 2, 3]).kind).toBe("tooFew");
      expect(partial([1, 2, 3, 4], [true, true, true, true], [1, 2, 3, 5]).kind).toBe("tooFew");
      expect(partial([1, 2, 3, 4], [true, false, true, false], [7, 9, 7, 9]).kind).toBe("collinear");
      expect(partial([2, 4, 6, 10], [true, false, true, false], [1, 2, 3, 5]).kind).toBe("noVariance");
      expect(partial([1, 0, 1, 0], [true, false, true, false], [1, 2, 3, 5])).toMatchObject({
        kind: "tested",
        t: Number.POSITIVE_INFINITY,
        p: 0,
      });
    },
    rejects: { "Welch on residuals": [residual] },
  });

  law("rejects lists of different length -> ShapeError", {
    for: [],
    holds: (partial) => expect(() => partial([1], [true, false], [1])).toThrow(/one length/),
    rejects: { "Welch without the covariate": [welchOf] },
  });
});
