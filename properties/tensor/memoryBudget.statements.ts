import { expect } from "vitest";
import { MemoryError } from "../../src/errors.ts";
import { MemoryBudget, type guardWasmHeap } from "../../src/tensor/memoryBudget.ts";

export interface Budget {
  readonly heldBytes: number;
  readonly highWaterBytes: number;
  reserve(bytes: number): void;
  release(bytes: number): void;
}
export type GuardHeap = typeof guardWasmHeap;

/** Sizes to ask for; null gives the oldest piece back. */
export type Script = readonly (number | null)[];

export const budgetLaws = {
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

export const guardHeapLaws = {
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
