import * as tf from "@tensorflow/tfjs-core";
import type { KernelBackend, KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import { reducedLength, reduceRows } from "../reductionAxes.ts";
import { replaceKernel } from "../replaceKernel.ts";

/** The stock kernel sums so many numbers by 64 threads: 16 each, then 6 halvings. */
const longestStockSum = 1024;
/** Shorter blocks would not shorten the row by the number of threads. */
const shortestBlock = 64;
/** Longer rows are divided by their sum once more; at this length the stock softmax is 70 roundings off at most. */
const longestStockSoftmax = 4096;

/**
 * Sum long rows in blocks on webgpu, for Sum, Mean and Softmax.
 *
 *     sum_i x_i = sum_b (sum_{i in b} x_i)        |error| <= 23 ceil(log64 n) u sum_i |x_i|,   u = 2^-24
 *
 * The stock kernel gives each of 64 to 512 threads a running float32 sum of its share, error n u / 512 sum |x_i|: over the
 * 151,936 entries of Qwen3's vocabulary 1.5e-5 where one entry dominates. The blocks go through that same kernel; a row is
 * copied only where no divisor of its length suits as a block.
 *
 * @see Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 4.2
 */
export function installWebGpuReductions(backend: KernelBackend): void {
  const kernel = (name: string) => tf.getKernel(name, "webgpu").kernelFunc;
  const run = (kernelFunc: KernelFunc, inputs: Record<string, TensorInfo>, attrs: Record<string, unknown>) =>
    kernelFunc({ inputs, backend, attrs: attrs as NonNullable<Parameters<KernelFunc>[0]["attrs"]> }) as TensorInfo;
  const divide = (a: TensorInfo, b: TensorInfo) => run(kernel("RealDiv"), { a, b }, {});
  /** The result of `use`, its input freed. */
  const consume = (x: TensorInfo, use: (x: TensorInfo) => TensorInfo): TensorInfo => {
    try {
      return use(x);
    } finally {
      backend.disposeData(x.dataId);
    }
  };

  replaceKernel("webgpu", "Sum", (stock) => {
    const sumRows = (x: TensorInfo): TensorInfo => {
      const [R, n] = x.shape as [number, number];
      if (n <= longestStockSum) return run(stock, { x }, { axis: [1], keepDims: false });
      const block = blockOf(n);
      const rest = n % block;
      if (rest > 0) {
        const columns = (begin: number, size: number) =>
          consume(run(kernel("Slice"), { x }, { begin: [0, begin], size: [R, size] }), sumRows);
        return consume(columns(0, n - rest), (a) =>
          consume(columns(n - rest, rest), (b) => run(kernel("Add"), { a, b }, {})),
        );
      }
      const blocks: TensorInfo = { ...x, shape: [(R * n) / block, block] };
      return consume(sumRows(blocks), (sums) => sumRows({ ...sums, shape: [R, n / block] }));
    };
    return (params) => {
      if (reducedLength(params) <= longestStockSum || (params.inputs["x"] as TensorInfo).dtype !== "float32")
        return stock(params);
      return reduceRows(params, ({ x, outShape }) => ({ ...sumRows(x), shape: outShape }));
    };
  });

  replaceKernel("webgpu", "Mean", (stock) => (params) => {
    const n = reducedLength(params);
    if (n <= longestStockSum || (params.inputs["x"] as TensorInfo).dtype !== "float32") return stock(params);
    const length = (backend as WithTensors).makeTensorInfo([], "float32", Float32Array.of(n));
    return consume(length, () => consume(kernel("Sum")(params) as TensorInfo, (sum) => divide(sum, length)));
  });

  replaceKernel("webgpu", "Softmax", (stock) => (params) => {
    const { shape } = params.inputs["logits"] as TensorInfo;
    if (shape.at(-1)! <= longestStockSoftmax) return stock(params);
    const attrs = { axis: [shape.length - 1], keepDims: true };
    return consume(stock(params) as TensorInfo, (x) =>
      consume(run(kernel("Sum"), { x }, attrs), (sum) => divide(x, sum)),
    );
  });
}

interface WithTensors extends KernelBackend {
  makeTensorInfo(shape: number[], dtype: "float32", values: Float32Array): TensorInfo;
}

/** The largest divisor of n that the stock kernel sums well, else the longest block, which leaves a rest. */
function blockOf(n: number): number {
  for (let block = longestStockSum; block >= shortestBlock; block--) if (n % block === 0) return block;
  return longestStockSum;
}
