import * as tf from "@tensorflow/tfjs-core";
import type { KernelFunc } from "@tensorflow/tfjs-core";

/** Put a kernel of ours in the place of the wasm backend's; `make` is given the stock one for what ours leaves to it. */
export function replaceWasmKernel(kernelName: string, make: (stock: KernelFunc) => KernelFunc): void {
  const kernelFunc = make(tf.getKernel(kernelName, "wasm").kernelFunc);
  tf.unregisterKernel(kernelName, "wasm");
  tf.registerKernel({ kernelName, backendName: "wasm", kernelFunc });
}
