import * as tf from "@tensorflow/tfjs-core";
import type { MemoryBudget } from "../memoryBudget.ts";
import { CudaBackend, type Precision } from "./cudaBackend.ts";
import type { Device } from "./device.ts";
import { cudaName } from "./ops/operation.ts";
import { registerOperations } from "./ops/registerOperations.ts";

/** Make a device known to tf.js under the name `cuda`; tensors made after tf.setBackend("cuda") live on it. */
export function registerCuda(device: Device, budget: MemoryBudget, precision: Precision): void {
  tf.registerBackend(cudaName, () => new CudaBackend(device, budget, precision));
  registerOperations(precision);
}
