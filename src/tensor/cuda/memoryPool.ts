import type { MemoryBudget } from "../memoryBudget.ts";
import type { Device } from "./device.ts";

/** Smallest allocation, so that a tensor without numbers has an address too. */
const leastBytes = 16;

/** Device memory under the byte budget; the device orders each call with the kernels around it. */
export class MemoryPool {
  readonly #device: Device;
  readonly #budget: MemoryBudget;
  readonly #sizes = new Map<bigint, number>();

  constructor(device: Device, budget: MemoryBudget) {
    this.#device = device;
    this.#budget = budget;
  }

  /** @throws MemoryError  over the budget, or the card is full: nothing is held for it then */
  take(bytes: number): bigint {
    const size = Math.max(bytes, leastBytes);
    this.#budget.reserve(size);
    try {
      const pointer = this.#device.allocate(size);
      this.#sizes.set(pointer, size);
      return pointer;
    } catch (failure) {
      this.#budget.release(size);
      throw failure;
    }
  }

  /** Kernels that were launched before may still use it: the device frees it after them. */
  give(pointer: bigint): void {
    this.#device.free(pointer);
    this.#budget.release(this.#sizes.get(pointer) ?? 0);
    this.#sizes.delete(pointer);
  }
}
