import * as tf from "@tensorflow/tfjs-core";
import type { KernelFunc } from "@tensorflow/tfjs-core";

/** Put a kernel of ours in the place of a backend's; `make` is given the stock one for what ours leaves to it. */
export function replaceKernel(backendName: string, kernelName: string, make: (stock: KernelFunc) => KernelFunc): void {
  const kernelFunc = make(tf.getKernel(kernelName, backendName).kernelFunc);
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ kernelName, backendName, kernelFunc });
}
