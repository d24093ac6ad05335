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
  const finishing = { Sum: (sum: number) => sum, Mean: (sum: number, n: number) => sum / n };
  for (const [kernelName, finish] of Object.entries(finishing))
    replaceKernel("wasm", kernelName, (stock) => (params) => {
      if ((params.inputs["x"] as TensorInfo).dtype !== "float32") return stock(params);
      return reduceRows(params, ({ x, n, outShape }) => {
        const out = backend.makeOutput(outShape, "float32");
        const [from, to] = heapsOf(backend, x, out); // after makeOutput, which may move the heap
        for (let row = 0; row < to.length; row++) to[row] = finish(sum64(from, row * n, (row + 1) * n), n);
        return out;
      });
    });

  replaceKernel("wasm", "Softmax", (stock) => (params) => {
    const out = stock(params) as TensorInfo;
    const n = out.shape.at(-1)!;
    if (n <= longestStockSoftmax) return out;
    const [heap] = heapsOf(backend, out);
    for (let start = 0; start < heap.length; start += n) {
      const factor = 1 / sum64(heap, start, start + n);
      for (let i = start; i < start + n; i++) heap[i]! *= factor;
    }
    return out;
  });
}

/** Sum of x[start] .. x[end - 1] in float64; four partial sums, because one alone waits for each addition to finish. */
function sum64(x: Float32Array, start: number, end: number): number {
  let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
  const whole = end - ((end - start) % 4);
  for (let i = start; i < whole; i += 4) {
    sum0 += x[i]!;
    sum1 += x[i + 1]!;
    sum2 += x[i + 2]!;
    sum3 += x[i + 3]!;
  }
  for (let i = whole; i < end; i++) sum0 += x[i]!;
  return sum0 + sum1 + (sum2 + sum3);
}

function heapsOf<Infos extends TensorInfo[]>(
  backend: WasmBackend,
  ...infos: Infos
): { [I in keyof Infos]: Float32Array } {
  return infos.map((info) => backend.typedArrayFromHeap(info)) as { [I in keyof Infos]: Float32Array };
}
