import fc from "fast-check";
import { expect } from "vitest";
import { MemoryError } from "../../src/errors.ts";
import { guardWasmHeap, MemoryBudget } from "../../src/tensor/memoryBudget.ts";
import { lawsOf } from "../support/lawsOf.ts";

interface Budget {
  readonly heldBytes: number;
  readonly highWaterBytes: number;
  reserve(bytes: number): void;
  release(bytes: number): void;
}
type GuardHeap = typeof guardWasmHeap;

/** Sizes to ask for; null gives the oldest piece back. */
type Script = readonly (number | null)[];

const budgetLaws = {
  /** Against the plain sum: refused iff it would pass the limit, and a refusal changes nothing. */
  boundsWhatIsHeld(make: (limit: number) => Budget, limit: number, script: Script): void {
    const budget = make(limit);
    const held: number[] = [];
    let most = 0;
    const sum = () => held.reduce((total, size) => total + size, 0);
    for (const size of script) {
      if (size === null) budget.release(held.shift() ?? 0);
      else if (sum() + size > limit) expectRefusal(() => budget.reserve(size));
      else {
        expectDone(() => budget.reserve(size));
        held.push(size);
      }
      most = Math.max(most, sum());
      expect([budget.heldBytes, budget.highWaterBytes]).toEqual([sum(), most]);
    }
  },
};

const guardHeapLaws = {
  /**
   * On a heap that answers offset 0 when it is full: no such offset is handed out, the budget holds what the heap holds,
   * and every piece given back reaches the heap.
   *
   * @param capacity  what the heap has; under the limit it is the heap that refuses
   */
  countsWhatTheHeapHolds(guard: GuardHeap, limit: number, capacity: number, script: Script): void {
    const heap = new FullHeap(capacity);
    const budget = new MemoryBudget(limit);
    const backend = heap.backend();
    guard(backend, budget);
    const offsets: number[] = [];
    for (const size of script) {
      const held = heap.heldBytes();
      if (size === null && offsets.length > 0) backend.wasm._free(offsets.shift()!);
      else if (size !== null && (held + size > limit || held + size > capacity))
        expectRefusal(() => backend.wasm._malloc(size));
      else if (size !== null) offsets.push(expectDone(() => backend.wasm._malloc(size)));
      expect(offsets).not.toContain(0);
      expect(heap.pieces.size, "pieces on the heap").toBe(offsets.length);
      expect(budget.heldBytes, "bytes in the budget").toBe(heap.heldBytes());
    }
  },
};

/** An Emscripten heap: each export replaces itself at its first call, a full heap answers 0, high offsets come out negative. */
class FullHeap {
  readonly pieces = new Map<number, number>();
  readonly #capacity: number;
  #next = 2 ** 31 - 64;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  heldBytes(): number {
    return [...this.pieces.values()].reduce((total, bytes) => total + bytes, 0);
  }

  backend(): Parameters<typeof guardWasmHeap>[0] {
    const malloc = (bytes: number): number => {
      if (this.heldBytes() + bytes > this.#capacity) return 0;
      this.#next += 16;
      this.pieces.set(this.#next, bytes);
      return this.#next | 0;
    };
    const free = (offset: number): void => void this.pieces.delete(offset >>> 0);
    const wasm = {
      _malloc: (bytes: number) => (wasm._malloc = malloc)(bytes),
      _free: (offset: number) => (wasm._free = free)(offset),
    };
    return { wasm };
  }
}

function expectRefusal(ask: () => void): void {
  expect(ask).toThrow(MemoryError);
}

function expectDone<T>(ask: () => T): T {
  let done: { value: T } | null = null;
  expect(() => (done = { value: ask() })).not.toThrow();
  return done!.value;
}

/** Sizes to ask for, and pieces given back. */
const anyScript: fc.Arbitrary<Script> = fc.array(fc.option(fc.nat({ max: 400 }), { nil: null, freq: 3 }));
const someBytes = fc.nat({ max: 1000 });

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

lawsOf<(limit: number) => Budget>(
  "MemoryBudget",
  (limit) => new MemoryBudget(limit),
  (law) => {
    law(
      "bounds what is held: reserve(n) throws iff held + n > limit, and then nothing changes; the high water is the most ever held",
      {
        for: [someBytes, anyScript],
        holds: budgetLaws.boundsWhatIsHeld,
        rejects: {
          "a limit off by one": [(limit) => new OffByOne(limit), 10, script],
          "each piece judged alone": [(limit) => new EachPieceAlone(limit), 10, script],
          "no release": [(limit) => new NeverReleases(limit), 10, script],
          "the refused counted in the high water": [(limit) => new CountsTheRefused(limit), 10, script],
          "the high water forgotten at a release": [(limit) => new Forgetful(limit), 10, script],
        },
      },
    );
  },
);

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

const asks: Script = [20, 20, null, 20, 20, null, null];

lawsOf<GuardHeap>("guardWasmHeap", guardWasmHeap, (law) => {
  law(
    "counts what the heap holds: held = bytes of the pieces handed out; full -> MemoryError, offset 0 never handed out",
    {
      else: "results computed at offset 0 of a full heap are silently wrong",
      for: [someBytes, someBytes, anyScript],
      holds: guardHeapLaws.countsWhatTheHeapHolds,
      rejects: {
        "offset 0 handed out": [without("offset 0"), 100, 50, asks],
        "wrapped before the export replaced itself": [without("first call"), 100, 50, asks],
        "bytes of a failure kept": [keepsBytesOfAFailure, 100, 50, asks],
        "freed in the budget only": [freesTheBudgetOnly, 100, 50, asks],
      },
    },
  );
});
