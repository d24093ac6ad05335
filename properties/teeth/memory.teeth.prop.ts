import type { DataType, KernelBackend } from "@tensorflow/tfjs-core";
import { describe, it } from "vitest";
import { MemoryError } from "../../src/errors.ts";
import { guardAllocations } from "../../src/tensor/guardAllocations.ts";
import { guardWasmHeap, MemoryBudget } from "../../src/tensor/memoryBudget.ts";
import { guardAllocationsLaws, type Guard, type StorageScript } from "../tensor/guardAllocations.statements.ts";
import { type Budget, budgetLaws, type GuardHeap, guardHeapLaws, type Script } from "../tensor/memoryBudget.statements.ts";
import { rejects } from "../support/rejects.ts";

class OffByOne extends MemoryBudget {
  override reserve(bytes: number): void {
    super.reserve(bytes + 1);
    super.release(1);
  }
}
class EachPieceAlone extends MemoryBudget {
  override reserve(bytes: number): void {
    const before = this.heldBytes;
    this.heldBytes = 0;
    super.reserve(bytes);
    this.heldBytes = before + bytes;
  }
}
class CountsTheRefused extends MemoryBudget {
  override reserve(bytes: number): void {
    this.highWaterBytes = Math.max(this.highWaterBytes, this.heldBytes + bytes);
    super.reserve(bytes);
  }
}
class Forgetful extends MemoryBudget {
  override release(bytes: number): void {
    super.release(bytes);
    this.highWaterBytes = this.heldBytes;
  }
}
class NeverReleases extends MemoryBudget {
  override release(): void {}
}

/** Fills the limit of 10 to the byte, asks for more, gives back, asks again. */
const script: Script = [4, 6, 1, null, 11, 3, null, null];
const rejectsBudget = (Wrong: new (limit: number) => Budget) =>
  rejects(() => budgetLaws.boundsWhatIsHeld((limit) => new Wrong(limit), 10, script));

describe("teeth: MemoryBudget", () => {
  it("what is held rejects: a limit off by one, each piece judged alone, no release", async () => {
    for (const Wrong of [OffByOne, EachPieceAlone, NeverReleases]) await rejectsBudget(Wrong);
  });
  it("the high water rejects: the refused counted, forgotten at a release", async () => {
    for (const Wrong of [CountsTheRefused, Forgetful]) await rejectsBudget(Wrong);
  });
});

/** A guard after the fact: what was asked of the heap is tampered with on its way. */
const guarded =
  (change: (wasm: Parameters<GuardHeap>[0]["wasm"], budget: MemoryBudget) => void): GuardHeap =>
  (backend, budget) => {
    guardWasmHeap(backend, budget);
    change(backend.wasm, budget);
  };
/** A guard written by hand, which leaves one of its precautions out. */
const without =
  (precaution: "offset 0" | "first call"): GuardHeap =>
  ({ wasm }, budget) => {
    if (precaution !== "first call") wasm._free(wasm._malloc(8));
    const [malloc, free, sizes] = [wasm._malloc, wasm._free, new Map<number, number>()];
    wasm._malloc = (bytes) => {
      budget.reserve(bytes);
      const offset = malloc(bytes);
      if (offset === 0 && precaution !== "offset 0") {
        budget.release(bytes);
        throw new MemoryError("full");
      }
      sizes.set(offset, bytes);
      return offset;
    };
    wasm._free = (offset) => (budget.release(sizes.get(offset) ?? 0), free(offset));
  };
const keepsBytesOfAFailure = guarded((wasm, budget) => {
  const malloc = wasm._malloc;
  wasm._malloc = (bytes) => {
    try {
      return malloc(bytes);
    } catch (failure) {
      budget.heldBytes += bytes;
      throw failure;
    }
  };
});
const freesTheBudgetOnly: GuardHeap = (backend, budget) => {
  backend.wasm._free(backend.wasm._malloc(8));
  backend.wasm._free = () => {};
  guardWasmHeap(backend, budget);
};

describe("teeth: guardWasmHeap", () => {
  it("what the heap holds rejects: offset 0 handed out, wrapped before the export replaced itself, bytes of a failure kept, freed in the budget only", async () => {
    for (const wrong of [without("offset 0"), without("first call"), keepsBytesOfAFailure, freesTheBudgetOnly])
      await rejects(() => guardHeapLaws.countsWhatTheHeapHolds(wrong, 100, 50, [20, 20, null, 20, 20, null, null]));
  });
});

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

describe("teeth: guardAllocations", () => {
  it("living storage rejects: moved storage uncounted, bytes freed with every reference, every type of four bytes", async () => {
    for (const wrong of [unmoved, atEachReference, typesAsFloat])
      await rejects(() => guardAllocationsLaws.countsLivingStorage(wrong, 40, storage));
  });
});
