import type { TensorInfo } from "@tensorflow/tfjs-core";
import { reduceRows } from "../reductionAxes.ts";
import { replaceKernel } from "../replaceKernel.ts";
import type { WasmBackend } from "./wasmBackend.ts";

/** Rows longer than this are divided by their sum once more; at this length the stock softmax is 256 roundings off at most. */
const longestStockSoftmax = 1024;

/**
 * Replace the wasm backend's Sum and Mean by sums in float64 on views of the heap, and mend its Softmax of long rows.
 *
 *     sum  = round32(sum_i x_i)          |error| <= u |sum| + n 2^-53 sum_i |x_i|,   u = 2^-24
 *     mean = round32(sum_i x_i / n)      |error| <= u |mean| + n 2^-53 sum_i |x_i| / n
 *     softmax = p_i / sum_j p_j,         p = the stock kernel's result: its error in the sum over j cancels
 *
 * The stock Sum is one running float32 sum, error n u sum |x_i|: over the 151,936 entries of Qwen3's vocabulary it drops
 * every entry below 2^-25 of what is there already. XNNPACK's Softmax keeps four such sums. Sums over the last axes cost
 * no more than the stock kernel's. Other types than float32 go to the stock kernels.
 *
 * @see Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 4.2; needs internals of tfjs-backend-wasm 4.22.0
 */
export function installWasmReductions(backend: WasmBackend): void {
  for (const kernelName of ["Sum", "Mean"])
    replaceKernel("wasm", kernelName, (stock) => (params) => {
      if ((params.inputs["x"] as TensorInfo).dtype !== "float32") return stock(params);
      return reduceRows(params, ({ x, n, outShape }) => {
        const out = backend.makeOutput(outShape, "float32");
        // after makeOutput, which may move the heap
        sumRows(floats(backend, x), n, kernelName === "Mean" ? n : 1, floats(backend, out));
        return out;
      });
    });

  replaceKernel("wasm", "Softmax", (stock) => (params) => {
    const out = stock(params) as TensorInfo;
    const n = out.shape.at(-1)!;
    if (n <= longestStockSoftmax) return out;
    const heap = floats(backend, out);
    const sum = new Float64Array(1);
    for (let start = 0; start < heap.length; start += n) {
      const row = heap.subarray(start, start + n);
      sumRows(row, n, 1, sum);
      const factor = 1 / sum[0]!;
      for (let i = 0; i < n; i++) row[i]! *= factor;
    }
    return out;
  });
}

/** to[r] = (sum of row r of n numbers) / divisor, in float64; four partial sums, as one alone waits for each addition to finish. */
function sumRows(from: Float32Array, n: number, divisor: number, to: Float32Array | Float64Array): void {
  const inFours = n - (n % 4);
  for (let row = 0, i = 0; row < to.length; row++) {
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (const end = i + inFours; i < end; i += 4) {
      sum0 += from[i]!;
      sum1 += from[i + 1]!;
      sum2 += from[i + 2]!;
      sum3 += from[i + 3]!;
    }
    for (const end = (row + 1) * n; i < end; i++) sum0 += from[i]!;
    to[row] = (sum0 + sum1 + (sum2 + sum3)) / divisor;
  }
}

function floats(backend: WasmBackend, x: TensorInfo): Float32Array {
  return backend.typedArrayFromHeap(x) as Float32Array;
}
