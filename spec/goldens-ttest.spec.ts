import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { welchGreater } from "../src/numeric/welch.ts";
import { expectWithin, goldenTolerance } from "../properties/support/tolerance.ts";

interface Lcg {
  readonly n: number;
  readonly seed: number;
  readonly mean: number;
  readonly sd: number;
}

type MaybeNumber = number | "NaN" | "Infinity" | "-Infinity";

interface Case {
  readonly name: string;
  readonly a?: readonly number[];
  readonly b?: readonly number[];
  readonly a_lcg?: Lcg;
  readonly b_lcg?: Lcg;
  readonly t: MaybeNumber;
  readonly df: MaybeNumber;
  readonly p_greater: MaybeNumber;
  readonly p_less: MaybeNumber;
}

const file = new URL("../../shared/goldens/ttest.json", import.meta.url);
const cases: readonly Case[] = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).cases : [];
if (cases.length === 0) console.error("../shared absent: goldens/ttest.json not run");

/** x <- (1664525 x + 1013904223) mod 2^32; value = mean + sd (sum of 4 x / 2^32 - 2) / sqrt(1/3), rounded to 4 decimals. */
function lcgValues({ n, seed, mean, sd }: Lcg): number[] {
  let x = seed;
  return Array.from({ length: n }, () => {
    let sum = 0;
    for (let i = 0; i < 4; i++) {
      x = (Math.imul(1664525, x) + 1013904223) >>> 0;
      sum += x / 2 ** 32;
    }
    return Number((mean + (sd * (sum - 2)) / Math.sqrt(1 / 3)).toFixed(4));
  });
}

function valuesOf(listed: readonly number[] | undefined, made: Lcg | undefined): readonly number[] {
  if (listed !== undefined) return listed;
  if (made === undefined) throw new Error("golden case holds neither values nor a recipe");
  return lcgValues(made);
}

describe("goldens/ttest.json: welchGreater against scipy", () => {
  it(cases.length === 0 ? "../shared absent: not run" : `holds ${cases.length} cases`, () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  for (const golden of cases)
    it(golden.name, () => {
      const a = valuesOf(golden.a, golden.a_lcg);
      const b = valuesOf(golden.b, golden.b_lcg);
      const greater = welchGreater(a, b);
      const less = welchGreater(b, a);
      if (greater.kind !== "tested" || less.kind !== "tested") {
        expect(golden.t).toBe("NaN");
        expect(greater).toMatchObject({ nA: a.length, nB: b.length });
        return;
      }
      const t = Number(golden.t);
      if (Number.isFinite(t)) expectWithin(greater.t, t, goldenTolerance.welchTAndDf * Math.abs(t), "t");
      else expect(greater.t).toBe(t);
      const df = Number(golden.df);
      expectWithin(greater.df, df, goldenTolerance.welchTAndDf * df, "df");
      for (const [result, p] of [
        [greater, Number(golden.p_greater)],
        [less, Number(golden.p_less)],
      ] as const)
        expectWithin(result.p, p, p > 1e-290 ? goldenTolerance.welchP * p : 1e-290, "p");
    });
});
