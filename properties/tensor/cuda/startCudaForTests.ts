import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { defaultMemoryBytes, startBackend } from "../../../src/tensor/backend.ts";
import type { Precision } from "../../../src/tensor/cuda/cudaBackend.ts";
import { registerCuda } from "../../../src/tensor/cuda/registerCuda.ts";
import { MemoryBudget } from "../../../src/tensor/memoryBudget.ts";
import { hasCompiler, HostDevice } from "./hostDevice.ts";

/** Whether cuda can be tried here: on a card that VHACK_CUDA=card promises, or on the host. */
export const canTryCuda = process.env["VHACK_CUDA"] === "card" || hasCompiler;

/** The device under the backend, where it is the host: a law can edit its kernels or turn its threads around. */
export const host = process.env["VHACK_CUDA"] === "card" || !hasCompiler ? null : new HostDevice();

let budget: MemoryBudget | null = null;

/** The cuda backend, its kernels on this machine's processor or on the card; one precision per process. */
export async function startCudaForTests(precision: Precision): Promise<MemoryBudget> {
  if (host === null) return onCard(precision);
  if (budget === null) {
    tf.env().set("PROD", true);
    budget = new MemoryBudget(defaultMemoryBytes);
    registerCuda(host, budget, precision);
  }
  await tf.setBackend("cuda");
  return budget;
}

function onCard(precision: Precision): Promise<MemoryBudget> {
  const places = { folder: process.env["VHACK_CUDA_LIBRARIES"] ?? null, environment: process.env };
  const cuda = { precision, places, cacheFolder: join(tmpdir(), "vhack-cuda-kernels") };
  return startBackend({ name: "cuda", memoryBytes: defaultMemoryBytes, tensorflowFolder: null, cuda });
}
