import fc from "fast-check";
import { describe, it } from "vitest";
import { guardAllocations } from "../../src/tensor/guardAllocations.ts";
import { guardAllocationsLaws, type StorageScript } from "./guardAllocations.statements.ts";

const script: fc.Arbitrary<StorageScript> = fc.array(
  fc.oneof(
    fc.record({
      ask: fc.constantFrom("write" as const, "move" as const),
      count: fc.nat({ max: 40 }),
      dtype: fc.constantFrom("float32" as const, "int32" as const, "bool" as const, "string" as const),
    }),
    fc.record({ ask: fc.constantFrom("refer" as const, "dispose" as const), at: fc.nat({ max: 20 }) }),
  ),
  { maxLength: 40 },
);

describe("guardAllocations", () => {
  // ELSE a run on another backend passes its limit, or stops at one that it never reached
  it("counts living storage: held = bytes of what write and move made and no last reference freed; over the limit -> MemoryError", () =>
    fc.assert(
      fc.property(fc.nat({ max: 600 }), script, (limit, drawn) =>
        guardAllocationsLaws.countsLivingStorage(guardAllocations, limit, drawn),
      ),
    ));
});
