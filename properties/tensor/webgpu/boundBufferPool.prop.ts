import fc from "fast-check";
import { describe, it } from "vitest";
import { boundBufferPool } from "../../../src/tensor/webgpu/boundBufferPool.ts";
import { boundPoolLaws, type PoolScript } from "./boundBufferPool.statements.ts";

/** Few sizes, so that some fit; large ones, so that the bound is passed. */
const acquire = fc.record({ mib: fc.constantFrom(1, 300, 500, 700, 3000), usage: fc.constantFrom(1, 2) });
const script: fc.Arbitrary<PoolScript> = fc.array(fc.oneof(acquire, fc.nat({ max: 20 })), { maxLength: 30 });
const holds = (law: (bound: typeof boundBufferPool, drawn: PoolScript) => void) =>
  fc.assert(fc.property(script, (drawn) => law(boundBufferPool, drawn)));

describe("boundBufferPool", () => {
  // ELSE device memory fills with buffers that nothing fits
  it("bounds free bytes: after a new buffer free <= max(1 GiB, used / 2)", () => holds(boundPoolLaws.boundsFreeBytes));

  // ELSE a tensor's numbers are gone, or are another tensor's
  it("leaves buffers in use alone: none destroyed, none lent twice", () => holds(boundPoolLaws.leavesUsedAlone));

  it("keeps the pool's counts: allocated = used + free, in bytes and in buffers", () =>
    holds(boundPoolLaws.keepsCounts));

  it("reuses what fits: a new buffer iff no free one is of that size and usage", () =>
    holds(boundPoolLaws.reusesWhatFits));
});
