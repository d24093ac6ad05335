import { describe, beforeAll } from "vitest";
import { defaultMemoryBytes, startBackend, type BackendName } from "../../src/tensor/backend.ts";
import { startCudaForTests } from "../tensor/cuda/startCudaForTests.ts";

/**
 * wasm and cpu run everywhere; webgpu joins where VK_DRIVER_FILES names a Vulkan driver (SwiftShader will do), cuda where
 * VHACK_CUDA is `card`, or `host`: the kernels' own text compiled by g++.
 */
const names: readonly BackendName[] = [
  "wasm",
  "cpu",
  ...(process.env["VK_DRIVER_FILES"] === undefined ? [] : (["webgpu"] as const)),
  ...(process.env["VHACK_CUDA"] === undefined ? [] : (["cuda"] as const)),
];

/** Declare the same tests once per tf.js backend; outside vitest, where laws are only listed, once. */
export function forEachBackend(declare: (name: BackendName) => void): void {
  if (process.env["VITEST"] === undefined) return declare("wasm");
  for (const name of names) onBackend(name, () => declare(name));
}

/** Declare tests that need one backend; outside vitest only declare. */
export function onBackend(name: BackendName, declare: () => void): void {
  if (process.env["VITEST"] === undefined) return declare();
  describe(`on ${name}`, () => {
    beforeAll(() =>
      name === "cuda"
        ? startCudaForTests("float32")
        : startBackend({ name, memoryBytes: defaultMemoryBytes, tensorflowFolder: null }),
    );
    declare();
  });
}
