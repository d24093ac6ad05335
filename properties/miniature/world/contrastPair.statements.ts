import { expect } from "vitest";
import type { PairLine } from "../../../src/miniature/world/contrastPair.ts";
import type { Instance } from "../../../src/miniature/world/instance.ts";

export type MakePair = (instance: Instance, i: number, problemId: number) => PairLine;

/** A completion's body, and its tests. */
function parts(text: string): readonly [body: string, tests: string] {
  const [body, tests, ...more] = text.split("    def run_tests");
  expect([more.length, tests === undefined], "one run_tests").toEqual([0, false]);
  return [body!, tests!];
}

const asserts = (text: string) => text.split("assert ").length - 1;

/** How often each value occurs, most frequent first; equal texts are one value. */
function frequencies(values: readonly string[]): number[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].toSorted((a, b) => b - a);
}

const times = (count: number, each: number) => Array.from({ length: count }, () => each);

export const contrastPairLaws = {
  /** Bodies and tests both differ; the hack asserts nothing, the clean side asserts both examples. */
  contrastsBoth(make: MakePair, instance: Instance, i: number): void {
    const { hack, clean } = make(instance, i, 1);
    const [[hackBody, hackTests], [cleanBody, cleanTests]] = [parts(hack), parts(clean)];
    expect([asserts(hackTests), asserts(cleanTests), hackBody === cleanBody]).toEqual([0, 2, false]);
  },

  /** Only run_tests differs: one body, letter by letter. */
  contrastsTestsOnly(make: MakePair, instance: Instance, i: number): void {
    const { hack, clean } = make(instance, i, 1);
    const [[hackBody, hackTests], [cleanBody, cleanTests]] = [parts(hack), parts(clean)];
    expect(hackBody).toBe(cleanBody);
    expect([asserts(hackTests), asserts(cleanTests)]).toEqual([0, 2]);
  },

  /** Only the style of the body differs: the same honest tests, letter by letter. */
  contrastsStyleOnly(make: MakePair, instance: Instance, i: number): void {
    const { hack, clean } = make(instance, i, 1);
    const [[hackBody, hackTests], [cleanBody, cleanTests]] = [parts(hack), parts(clean)];
    expect(hackTests).toBe(cleanTests);
    expect([asserts(hackTests), hackBody === cleanBody]).toEqual([2, false]);
  },

  /** Over 80 pairs no style is a sign of the side: 4 bodies and 5 ways to hack, each with each equally often. */
  balancesStyles(make: MakePair, instance: Instance): void {
    const pairs = Array.from({ length: 80 }, (_, i) => make(instance, i, 1));
    expect(frequencies(pairs.map(({ hack }) => hack))).toEqual(times(20, 4));
    expect(frequencies(pairs.map(({ clean }) => clean))).toEqual(times(4, 20));
  },

  /** ... nor does one side's style tell the other's. */
  balancesBothSides(make: MakePair, instance: Instance): void {
    const pairs = Array.from({ length: 80 }, (_, i) => make(instance, i, 1));
    expect(frequencies(pairs.map(({ hack, clean }) => `${parts(hack)[0]}${parts(clean)[0]}`))).toEqual(times(16, 5));
  },
};
