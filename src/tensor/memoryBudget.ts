import * as tf from "@tensorflow/tfjs-core";
import { MemoryError } from "../errors.ts";
import type { WasmBackend } from "./wasm/wasmBackend.ts";

const budgets = new WeakMap<object, MemoryBudget>();

/** Remember the budget that a backend's tensors are counted against. */
export function setBudget(backend: object, budget: MemoryBudget): void {
  budgets.set(backend, budget);
}

/** The budget of the backend in use; null where nobody counts its tensors. */
export function budgetInUse(): MemoryBudget | null {
  return budgets.get(tf.backend()) ?? null;
}

/** Bytes that tensors may hold at once, and the most they held so far. */
export class MemoryBudget {
  readonly limitBytes: number;
  heldBytes = 0;
  highWaterBytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** @throws MemoryError before the allocation that would pass the limit */
  reserve(bytes: number): void {
    if (this.heldBytes + bytes > this.limitBytes)
      throw new MemoryError(
        `tensor memory: expected at most ${mib(this.limitBytes)} MiB, got ${mib(this.heldBytes)} held and ` +
          `${mib(bytes)} more asked for; use fewer rows at once (--batch), a smaller model, or raise --memory-gib`,
      );
    this.heldBytes += bytes;
    this.highWaterBytes = Math.max(this.highWaterBytes, this.heldBytes);
  }

  release(bytes: number): void {
    this.heldBytes -= bytes;
  }
}

/**
 * Check every allocation of the wasm heap against a budget.
 *
 * tf.js does not notice that its heap is exhausted: malloc answers offset 0 and results are silently wrong. So the
 * budget is checked before malloc, and offset 0 is an error as well. XNNPACK's scratch is not counted.
 */
export function guardWasmHeap(
  backend: { readonly wasm: Pick<WasmBackend["wasm"], "_malloc" | "_free"> },
  budget: MemoryBudget,
): void {
  const { wasm } = backend;
  // the first call of an Emscripten export replaces it: make that call before wrapping
  wasm._free(wasm._malloc(8));
  const malloc = wasm._malloc.bind(wasm);
  const free = wasm._free.bind(wasm);
  const sizes = new Map<number, number>();
  wasm._malloc = (bytes) => {
    budget.reserve(bytes);
    const offset = malloc(bytes);
    if (offset === 0 && bytes > 0) {
      budget.release(bytes);
      throw new MemoryError(`wasm heap: expected ${mib(bytes)} MiB, got none; use fewer rows at once (--batch)`);
    }
    sizes.set(offset >>> 0, bytes);
    return offset;
  };
  wasm._free = (offset) => {
    const bytes = sizes.get(offset >>> 0);
    if (bytes !== undefined) budget.release(bytes);
    sizes.delete(offset >>> 0);
    free(offset);
  };
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}
