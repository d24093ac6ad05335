import * as tf from "@tensorflow/tfjs-core";
import { defaultMemoryBytes } from "../../../src/tensor/backend.ts";
import { MemoryBudget } from "../../../src/tensor/memoryBudget.ts";
import type { Precision } from "../../../src/tensor/cuda/cudaBackend.ts";
import { registerCuda } from "../../../src/tensor/cuda/registerCuda.ts";
import { HostDevice } from "./hostDevice.ts";

let budget: MemoryBudget | null = null;
/** The device under the backend, so that a law can edit its kernels or turn its threads around. */
export const host = new HostDevice();

/** The cuda backend with its kernels on this machine's processor, in one precision per process. */
export async function startHostCuda(precision: Precision): Promise<MemoryBudget> {
  if (budget === null) {
    tf.env().set("PROD", true);
    budget = new MemoryBudget(defaultMemoryBytes);
    registerCuda(host, budget, precision);
  }
  await tf.setBackend("cuda");
  return budget;
}
