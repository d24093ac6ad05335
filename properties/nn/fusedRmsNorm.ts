import * as tf from "@tensorflow/tfjs-core";
import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import type { OwnKernel } from "../../src/tensor/kernelOr.ts";

/** What the cpu backend lends to a kernel. */
interface CpuBackend {
  readonly data: { get(dataId: object): { values: Float32Array } };
  makeTensorInfo(shape: number[], dtype: "float32", values: Float32Array): TensorInfo;
}

/**
 * RMSNorm as one kernel of the cpu backend: [y, xHat, rstd].
 *
 * @param epsOf  what the kernel takes for eps
 */
export function fusedRmsNorm(epsOf: (eps: number) => number): KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const cpu = backend as unknown as CpuBackend;
    const { x, weight } = inputs as Record<"x" | "weight", TensorInfo>;
    const [N, D] = x.shape as [number, number];
    const [values, weights] = [x, weight].map(({ dataId }) => cpu.data.get(dataId).values) as [
      Float32Array,
      Float32Array,
    ];
    const eps = epsOf((attrs as { eps: number }).eps);
    const [y, xHat, rstd] = [new Float32Array(N * D), new Float32Array(N * D), new Float32Array(N)];
    for (let n = 0; n < N; n++) {
      const row = values.subarray(n * D, (n + 1) * D);
      rstd[n] = 1 / Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / D + eps);
      row.forEach((value, j) => (xHat[n * D + j] = value * rstd[n]!));
      row.forEach((_, j) => (y[n * D + j] = xHat[n * D + j]! * weights[j]!));
    }
    return [
      cpu.makeTensorInfo([N, D], "float32", y),
      cpu.makeTensorInfo([N, D], "float32", xHat),
      cpu.makeTensorInfo([N, 1], "float32", rstd),
    ];
  };
}

/** Run something while the cpu backend has the kernel, and no longer. */
export function withKernel<T>(kernelFunc: KernelFunc, run: () => T): T {
  const kernelName = "VhackRmsNorm" satisfies OwnKernel;
  tf.registerKernel({ kernelName, backendName: "cpu", kernelFunc });
  try {
    return run();
  } finally {
    tf.unregisterKernel(kernelName, "cpu");
  }
}
