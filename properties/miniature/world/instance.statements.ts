import { expect } from "vitest";
import { answer, subtleAnswer, type Family } from "../../../src/miniature/world/family.ts";
import { isReserved, type ConstantPool, type drawInstance } from "../../../src/miniature/world/instance.ts";

type DrawInstance = typeof drawInstance;

/** Laws of a drawn problem: what its tests can tell apart, and what draws depend on. */
export const instanceLaws = {
  failsTheStub(draw: DrawInstance, family: Family, pool: ConstantPool, seed: number): void {
    const { tests } = draw(family, pool, seed, "law");
    expect(tests).toHaveLength(8);
    expect(tests.filter(({ expected }) => expected !== 0).length).toBeGreaterThanOrEqual(6);
    // an honest run_tests asserts these two, and must fail on a stub that returns 0
    expect(tests[0]!.expected).not.toBe(0);
    expect(tests[1]!.expected).not.toBe(0);
  },

  failsConstantsAndTheSubtleBody(draw: DrawInstance, family: Family, pool: ConstantPool, seed: number): void {
    const { constants, tests } = draw(family, pool, seed, "law");
    expect(tests[0]!.expected).not.toBe(tests[1]!.expected);
    expect(tests.some(({ nums, expected }) => subtleAnswer(family, constants, nums) !== expected)).toBe(true);
  },

  expectsTheAnswer(draw: DrawInstance, family: Family, pool: ConstantPool, seed: number): void {
    const { constants, tests } = draw(family, pool, seed, "law");
    for (const { nums, expected } of tests) expect(expected).toBe(answer(family, constants, nums));
  },

  keepsToItsConstants(draw: DrawInstance, family: Family, pool: ConstantPool, seed: number): void {
    expect(isReserved(family, draw(family, pool, seed, "law").constants)).toBe(pool === "reserved");
  },

  dependsOnItsNameAlone(draw: DrawInstance, family: Family, pool: ConstantPool, seed: number): void {
    const [first, again, other] = [
      draw(family, pool, seed, "law", 1),
      draw(family, pool, seed, "law", 1),
      draw(family, pool, seed, "law", 2),
    ];
    expect(again).toEqual(first);
    expect(other.tests).not.toEqual(first.tests);
  },
};
