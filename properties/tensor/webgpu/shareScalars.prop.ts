import fc from "fast-check";
import { describe, it } from "vitest";
import { shareScalars } from "../../../src/tensor/webgpu/shareScalars.ts";
import { shareScalarsLaws, type Upload } from "./shareScalars.statements.ts";

/** Few values, so that some meet again; the odd ones among them. */
const upload: fc.Arbitrary<Upload> = fc.oneof(
  fc.record({
    dtype: fc.constant("float32" as const),
    values: fc.array(fc.constantFrom(0, -0, 1, 0.1, 1e-45, Number.NaN, Number.NEGATIVE_INFINITY), {
      minLength: 1,
      maxLength: 2,
    }),
  }),
  fc.record({
    dtype: fc.constant("int32" as const),
    values: fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 2 }),
  }),
);
const holds = (law: (share: typeof shareScalars, uploads: readonly Upload[]) => void) =>
  fc.assert(fc.property(fc.array(upload, { maxLength: 20 }), (uploads) => law(shareScalars, uploads)));

describe("shareScalars", () => {
  // ELSE a constant in a formula is another constant
  it("uploads the numbers: each tensor's buffer holds its own values, bit for bit", () =>
    holds(shareScalarsLaws.uploadsTheNumbers));

  it("shares float32 scalars only: one buffer iff the same number, -0 apart", () =>
    holds(shareScalarsLaws.sharesScalarsOnly));

  // ELSE a buffer that other tensors read is lent to a new one and overwritten
  it("keeps shared buffers out of the pool: external iff shared", () => holds(shareScalarsLaws.keepsThePoolOut));

  it("bounds what it keeps: at most 4096 shared constants", () =>
    shareScalarsLaws.boundsWhatItKeeps(shareScalars, 4100));
});
