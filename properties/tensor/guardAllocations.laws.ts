import type { DataType, KernelBackend } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import { MemoryError } from "../../src/errors.ts";
import { guardAllocations } from "../../src/tensor/guardAllocations.ts";
import { MemoryBudget } from "../../src/tensor/memoryBudget.ts";
import { lawsOf } from "../support/lawsOf.ts";

type Guard = typeof guardAllocations;

/** What the tensor layer asks of a backend: storage by write or by move, another reference, or the end of one. */
type StorageScript = readonly (
  | { readonly ask: "write" | "move"; readonly count: number; readonly dtype: "float32" | "int32" | "bool" | "string" }
  | { readonly ask: "refer" | "dispose"; readonly at: number }
)[];

/** A backend that counts references, as those of tf.js do: storage ends with its last one. */
class CountingBackend {
  readonly references = new Map<object, number>();

  write(_values: unknown, _shape: number[], _dtype: DataType): object {
    const dataId = {};
    this.references.set(dataId, 1);
    return dataId;
  }
  move(dataId: object, _values: unknown, _shape: number[], _dtype: DataType, refCount: number): void {
    this.references.set(dataId, refCount);
  }
  disposeData(dataId: object): boolean {
    const left = this.references.get(dataId)! - 1;
    this.references.set(dataId, left);
    if (left > 0) return false;
    this.references.delete(dataId);
    return true;
  }
}

const elementBytes = { float32: 4, int32: 4, bool: 1, string: 0 } as const;

const guardAllocationsLaws = {
  /** Held = bytes of the storage that the backend still has; refused iff it would pass the limit, and then none is made. */
  countsLivingStorage(guard: Guard, limit: number, script: StorageScript): void {
    const backend = new CountingBackend();
    const budget = new MemoryBudget(limit);
    guard(backend, budget);
    const sizes = new Map<object, number>();
    const held = () => [...backend.references.keys()].reduce((sum, dataId) => sum + sizes.get(dataId)!, 0);
    for (const command of script) {
      if ("count" in command) {
        const { ask, count, dtype } = command;
        const bytes = count * elementBytes[dtype];
        const moved = {};
        const make = () =>
          ask === "write" ? backend.write([], [count], dtype) : (backend.move(moved, [], [count], dtype, 1), moved);
        if (held() + bytes > limit) expect(make).toThrow(MemoryError);
        else sizes.set(make(), bytes);
      } else {
        const dataId = [...backend.references.keys()][command.at % Math.max(1, backend.references.size)];
        if (dataId === undefined) continue;
        if (command.ask === "refer") backend.references.set(dataId, backend.references.get(dataId)! + 1);
        else backend.disposeData(dataId);
      }
      expect(budget.heldBytes).toBe(held());
    }
  },
};

const anyScript: fc.Arbitrary<StorageScript> = fc.array(
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

const storage: StorageScript = [
  { ask: "move", count: 3, dtype: "float32" },
  { ask: "write", count: 5, dtype: "bool" },
  { ask: "refer", at: 0 },
  { ask: "dispose", at: 0 },
  { ask: "write", count: 6, dtype: "int32" },
  { ask: "write", count: 99, dtype: "string" },
  { ask: "dispose", at: 0 },
  { ask: "dispose", at: 0 },
];
const unmoved: Guard = (backend, budget) => {
  const { move } = backend;
  guardAllocations(backend, budget);
  backend.move = move;
};
const atEachReference: Guard = (backend, budget) => {
  guardAllocations(backend, budget);
  const dispose = backend.disposeData.bind(backend);
  backend.disposeData = (dataId, force) => {
    const gone = dispose(dataId, force);
    if (!gone) budget.release(12);
    return gone;
  };
};
const typesAsFloat: Guard = (backend, budget) => {
  guardAllocations(backend, budget);
  const write: KernelBackend["write"] = backend.write.bind(backend);
  backend.write = (values, shape, _dtype: DataType) => write(values, shape, "float32");
};

lawsOf<Guard>("guardAllocations", guardAllocations, (law) => {
  law(
    "counts living storage: held = bytes of what write and move made and no last reference freed; over the limit -> MemoryError",
    {
      else: "a run on another backend passes its limit, or stops at one that it never reached",
      for: [fc.nat({ max: 600 }), anyScript],
      holds: guardAllocationsLaws.countsLivingStorage,
      rejects: {
        "moved storage uncounted": [unmoved, 40, storage],
        "bytes freed with every reference": [atEachReference, 40, storage],
        "every type of four bytes": [typesAsFloat, 40, storage],
      },
    },
  );
});
