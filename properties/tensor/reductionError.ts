import type { BackendName } from "../../src/tensor/backend.ts";
import { unitRoundoff32, unitRoundoff64 } from "../support/tolerance.ts";

/**
 * Error bound of a sum of n numbers, from what each backend's kernel states: float64 rounded once on wasm and cpu, blocks of
 * 64 threads on webgpu, the float64 shares of a block's threads on cuda.
 *
 * @param sum        what they add up to
 * @param magnitude  what their magnitudes add up to
 */
export function sumError(backend: BackendName, n: number, sum: number, magnitude: number): number {
  if (backend === "webgpu") return 23 * Math.ceil(Math.log(n + 1) / Math.log(64)) * unitRoundoff32 * magnitude;
  if (backend === "cuda") return 38 * unitRoundoff32 * magnitude + n * unitRoundoff64 * magnitude;
  return unitRoundoff32 * Math.abs(sum) + n * unitRoundoff64 * magnitude;
}

/** Error bound of the softmax kernel's own sum, as a share of it: short rows are left to the stock kernel. */
export function softmaxSumError(backend: BackendName, n: number): number {
  const shares = {
    wasm: n <= 1024 ? n / 4 + 3 : 0,
    webgpu: n <= 4096 ? n / 64 + 6 : 0,
    cpu: 0,
    cuda: 0,
    tensorflow: 0,
  };
  return sumError(backend, n, 1, 1) + shares[backend] * unitRoundoff32;
}
