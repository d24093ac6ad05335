import type { MemoryBudget } from "../memoryBudget.ts";
import { CardDevice } from "./cardDevice.ts";
import type { Precision } from "./cudaBackend.ts";
import { koffiForeign } from "./foreign.ts";
import type { LibraryPlaces } from "./libraries.ts";
import { registerCuda } from "./registerCuda.ts";

/** What `--backend cuda` can be asked for. */
export interface CudaChoice {
  readonly precision: Precision;
  readonly places: LibraryPlaces;
  /** where compiled kernels are kept */
  readonly cacheFolder: string;
}

/**
 * Make the first card known to tf.js.
 *
 * @throws ConfigError  no driver, card or library that can be used; it says what to do
 */
export async function startCuda({ precision, places, cacheFolder }: CudaChoice, budget: MemoryBudget): Promise<void> {
  const device = new CardDevice(await koffiForeign(), places, cacheFolder);
  registerCuda(device, budget, precision);
}
