import fc from "fast-check";
import { families, type Family } from "../../src/miniature/world/family.ts";
import { drawInstance, type ConstantPool, type Instance } from "../../src/miniature/world/instance.ts";
import { runSeed } from "../support/arbitraries.ts";

export const anyFamily: fc.Arbitrary<Family> = fc.constantFrom(...families);

/** Lists as problems use them, and longer and emptier ones. */
export const anyNums = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 12 });

export const anyConstants = fc.record({ a: fc.integer({ min: 2, max: 15 }), b: fc.integer({ min: 2, max: 15 }) });

export const constantPools = fc.constantFrom<ConstantPool>("open", "reserved");

export const anyInstance: fc.Arbitrary<Instance> = fc
  .tuple(anyFamily, constantPools, runSeed)
  .map(([family, pool, seed]) => drawInstance(family, pool, seed, "law"));

export const familyNamed = (key: string): Family => families.find((family) => family.key === key)!;
