import fc from "fast-check";
import { entry } from "../../nn/entries.ts";
import type { Product } from "./matMul.statements.ts";

const batches = fc.oneof(
  fc.constant({ batchA: [], batchB: [] }),
  fc
    .array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 2 })
    .chain((batch) =>
      fc.constantFrom(
        { batchA: batch, batchB: batch },
        { batchA: batch, batchB: [] },
        { batchA: [], batchB: batch },
        { batchA: batch, batchB: batch.map(() => 1) },
      ),
    ),
);

/** Any small product: every transposition, batched or not, either operand shared. */
export const anyProduct: fc.Arbitrary<Product> = fc
  .record({
    M: fc.integer({ min: 1, max: 20 }),
    K: fc.integer({ min: 1, max: 20 }),
    N: fc.integer({ min: 1, max: 20 }),
    batches,
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
  })
  .chain(({ batches: { batchA, batchB }, ...shape }) => {
    const size = (batch: readonly number[], each: number) => batch.reduce((product, length) => product * length, each);
    const values = (length: number) => fc.array(entry, { minLength: length, maxLength: length });
    return fc
      .tuple(values(size(batchA, shape.M * shape.K)), values(size(batchB, shape.K * shape.N)))
      .map(([a, b]) => ({ ...shape, batchA, batchB, a, b }));
  });
