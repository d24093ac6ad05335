import fc from "fast-check";
import { describe, it } from "vitest";
import { pythonEquals } from "../../src/sandbox/pythonEquals.ts";
import { pythonEqualsLaws as laws } from "./pythonEquals.statements.ts";
import { pythonPair, pythonValue } from "./pythonValues.ts";

const nearTheFloats = fc.oneof(
  fc.bigInt(),
  fc.bigInt({ min: 2n ** 53n - 2n, max: 2n ** 53n + 2n }),
  fc.bigInt({ min: -2n, max: 2n }),
);

describe("pythonEquals", () => {
  it("is reflexive but for NaN: a == a", () =>
    fc.assert(fc.property(pythonValue, (a) => laws.isReflexiveButForNaN(pythonEquals, a))));

  it("is symmetric: (a == b) = (b == a)", () =>
    fc.assert(fc.property(pythonPair, ([a, b]) => laws.isSymmetric(pythonEquals, a, b))));

  // ELSE a wrong large answer counts as right
  it("is exact on integers of any size: a == b iff a = b", () =>
    fc.assert(fc.property(nearTheFloats, nearTheFloats, (a, b) => laws.isExactOnIntegers(pythonEquals, a, b))));

  it("compares integers with floats exactly: a == b iff b is integral and equal", () =>
    fc.assert(
      fc.property(
        nearTheFloats,
        fc.oneof(fc.double(), fc.integer({ min: -2, max: 2 }), fc.constantFrom(2 ** 53, 2 ** 53 + 2)),
        (a, b) => laws.comparesAcrossNumbers(pythonEquals, a, b),
      ),
    ));

  it("counts bools as numbers: True == 1, False == 0", () =>
    fc.assert(
      fc.property(fc.boolean(), fc.bigInt({ min: -1n, max: 2n }), (a, b) => laws.boolsAreNumbers(pythonEquals, a, b)),
    ));

  it("tells a list from a tuple: [x] != (x,)", () =>
    fc.assert(
      fc.property(fc.array(pythonValue, { maxLength: 3 }), (items) => laws.tellsListFromTuple(pythonEquals, items)),
    ));

  it("goes into containers: [a] == [b] iff a == b, {1: a} == {1: b} iff a == b", () =>
    fc.assert(fc.property(pythonPair, ([a, b]) => laws.goesIntoContainers(pythonEquals, a, b))));

  it("ignores the order of keys: {k: x, l: y} == {l: y, k: x}", () =>
    fc.assert(
      fc.property(pythonValue, (value) => value.type !== "dict" || laws.ignoresTheOrderOfKeys(pythonEquals, value)),
    ));

  it("tells keys apart by value, not by spelling: {1: x} != {'1': x}, {1: x} == {1.0: x}", () =>
    fc.assert(fc.property(fc.string(), (text) => laws.tellsKeysApart(pythonEquals, text))));
});
