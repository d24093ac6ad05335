import fc from "fast-check";
import { describe, it } from "vitest";
import { replaysPool, stepIntegrity } from "../../../src/uat/common/stepIntegrity.ts";
import { type Pool, replaysPoolLaws, stepIntegrityLaws } from "./stepIntegrity.statements.ts";

const pool: fc.Arbitrary<Pool> = fc.array(fc.array(fc.nat({ max: 5 }), { maxLength: 4 }), {
  minLength: 1,
  maxLength: 4,
});
const steps = fc.integer({ min: 3, max: 6 });
const size = fc.integer({ min: 1, max: 4 });

describe("replaysPool", () => {
  it("is invariant to order and padding: a permuted pool -> 0 foreign, 0 not replayed", () =>
    fc.assert(fc.asyncProperty(pool, (drawn) => replaysPoolLaws.ignoresOrder(replaysPool, drawn))));

  // ELSE a stale or half-finished replay is judged as this pool's
  it("counts the difference of two bags: foreign = replay - pool, not replayed = pool - replay", () =>
    fc.assert(
      fc.property(pool, pool, (replay, drawn) => replaysPoolLaws.countsTheDifference(replaysPool, replay, drawn)),
    ));
});

describe("stepIntegrity", () => {
  it("accepts whole stages: 0 repeated, 0 missing, 0 of another size", () =>
    fc.assert(
      fc.property(steps, size, (count, rows) => stepIntegrityLaws.acceptsWholeStages(stepIntegrity, count, rows)),
    ));

  // ELSE one step counts twice and another not at all
  it("reports a copied file: repeated = rows of one step", () =>
    fc.assert(
      fc.property(steps, size, (count, rows) => stepIntegrityLaws.seesACopiedFile(stepIntegrity, count, rows)),
    ));

  it("reports a gap: missing = 1, the first step's too", () =>
    fc.assert(fc.property(steps, fc.nat(), (count, at) => stepIntegrityLaws.seesAGap(stepIntegrity, count, at))));

  it("reports a file cut short: of another size = 1, and its path", () =>
    fc.assert(fc.property(steps, fc.nat(), (count, at) => stepIntegrityLaws.seesAShortStep(stepIntegrity, count, at))));
});
