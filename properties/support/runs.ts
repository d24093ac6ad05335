import type { BackendName } from "../../src/tensor/backend.ts";

/** Runs of a property that costs many kernels: software WebGPU takes tens of milliseconds for each. */
export function runsOn(backend: BackendName, numRuns: number): { numRuns: number } {
  return { numRuns: backend === "webgpu" ? Math.min(numRuns, 3) : numRuns };
}
