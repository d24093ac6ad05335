import type { DataType } from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { MemoryError } from "../../src/errors.ts";
import type { guardAllocations } from "../../src/tensor/guardAllocations.ts";
import { MemoryBudget } from "../../src/tensor/memoryBudget.ts";

export type Guard = typeof guardAllocations;

/** What the tensor layer asks of a backend: storage by write or by move, another reference, or the end of one. */
export type StorageScript = readonly (
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

export const guardAllocationsLaws = {
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
