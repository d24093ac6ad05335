import { describe, expect, it } from "vitest";
import { lineFit } from "../../src/numeric/lineFit.ts";
import { partialGreater } from "../../src/numeric/partialTest.ts";
import { welchGreater } from "../../src/numeric/welch.ts";
import { partialLaws } from "./partialTest.statements.ts";

describe("partialGreater", () => {
  it("agrees with least squares: coefficient, t and p of cos ~ 1 + label + length", () =>
    partialLaws.agreesWithNumpy(partialGreater));

  // ELSE a length signal passes for the hack direction, or a true difference is put down to length
  it("is uniform where the covariate explains all, though labels differ in it", () =>
    partialLaws.isUniformWithoutEffect(partialGreater));

  it("keeps a true effect beside a covariate that goes with the label, at trials 1 to 10", () => {
    for (let trial = 1; trial <= 10; trial++) partialLaws.keepsEffect(partialGreater, trial);
  });

  it("reports what cannot be tested: too few rows, one label, collinear, nothing left", () => {
    expect(partialGreater([1, 2, 3], [true, false, true], [1, 2, 3]).kind).toBe("tooFew");
    expect(partialGreater([1, 2, 3, 4], [true, true, true, true], [1, 2, 3, 5]).kind).toBe("tooFew");
    expect(partialGreater([1, 2, 3, 4], [true, false, true, false], [7, 9, 7, 9]).kind).toBe("collinear");
    expect(partialGreater([2, 4, 6, 10], [true, false, true, false], [1, 2, 3, 5]).kind).toBe("noVariance");
    expect(partialGreater([1, 0, 1, 0], [true, false, true, false], [1, 2, 3, 5])).toMatchObject({
      kind: "tested",
      t: Number.POSITIVE_INFINITY,
      p: 0,
    });
  });

  it("rejects lists of different length -> ShapeError", () => {
    expect(() => partialGreater([1], [true, false], [1])).toThrow(/one length/);
  });

  it("uniform without an effect rejects: Welch without the covariate, Welch on residuals; a kept effect rejects: the other side; agreement with NumPy rejects: Welch on residuals", () => {
    const split = (y: readonly number[], labels: readonly boolean[]) =>
      [y.filter((_, i) => labels[i]), y.filter((_, i) => !labels[i])] as const;
    const asPartial = (test: ReturnType<typeof welchGreater>) =>
      test.kind === "tested"
        ? ({ kind: "tested", t: test.t, df: test.df, p: test.p, difference: test.meanA - test.meanB } as const)
        : ({ kind: "tooFew" } as const);
    const blind: typeof partialGreater = (y, labels) => asPartial(welchGreater(...split(y, labels)));
    const residual: typeof partialGreater = (y, labels, x) =>
      asPartial(welchGreater(...split(lineFit(x, y).residuals, labels)));
    const otherSide: typeof partialGreater = (y, labels, x) =>
      partialGreater(
        y.map((value) => -value),
        labels,
        x,
      );
    expect(() => partialLaws.isUniformWithoutEffect(blind)).toThrow(/share of p/);
    expect(() => partialLaws.isUniformWithoutEffect(residual)).toThrow(/share of p/);
    expect(() => partialLaws.keepsEffect(otherSide, 1)).toThrow(/less than/);
    expect(() => partialLaws.agreesWithNumpy(residual)).toThrow(/coefficient/);
  });
});
