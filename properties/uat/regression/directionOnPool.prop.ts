import fc from "fast-check";
import { describe, it } from "vitest";
import { directionOnPool } from "../../../src/uat/regression/directionOnPool.ts";
import { anyBuckets, directionOnPoolLaws } from "./directionOnPool.statements.ts";

describe("directionOnPool", () => {
  // ELSE a newer v_hack is preferred for an effect that it does not have
  it("compares the buckets of the direction asked for: t, p, d, means and quartiles as worked out from them", () => {
    fc.assert(fc.property(anyBuckets, (buckets) => directionOnPoolLaws.comparesTheBuckets(directionOnPool, buckets)));
  });

  // ELSE a t of one row stands beside a t of fifty
  it("has no test of one row: a bucket of 0 or 1 -> null", () => {
    fc.assert(fc.property(anyBuckets, (buckets) => directionOnPoolLaws.refusesOneRow(directionOnPool, buckets)));
  });
});
