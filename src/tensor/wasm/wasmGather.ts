import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { replaceKernel } from "../replaceKernel.ts";
import type { WasmBackend } from "./wasmBackend.ts";

/**
 * Replace the wasm backend's GatherV2 along the first axis by a copy of whole rows, as many at once as follow each other.
 *
 *     out[i, ...] = x[indices[i], ...]
 *
 * The stock kernel finds every entry's place by division. Scalars, other axes, batch dimensions and indices out of range go to it.
 * Needs internals of tfjs-backend-wasm 4.22.0, so that is pinned.
 */
export function installWasmGather(backend: WasmBackend): void {
  replaceKernel("wasm", "GatherV2", (stock) => (params) => {
    const { x, indices } = params.inputs as { x: TensorInfo; indices: TensorInfo };
    const { axis, batchDims } = params.attrs as { axis: number; batchDims: number };
    if (x.shape.length === 0 || axis !== 0 || batchDims !== 0 || x.dtype === "string") return stock(params);
    const [length, ...rowShape] = x.shape as [number, ...number[]];
    const rows = backend.typedArrayFromHeap(indices).slice(); // a copy: makeOutput may move the heap
    if (rows.some((row) => row < 0 || row >= length)) return stock(params);
    const out = backend.makeOutput([...indices.shape, ...rowShape], x.dtype);
    const [from, to] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(out)];
    const size = tf.util.sizeFromShape(rowShape);
    for (let i = 0, end = 0; i < rows.length; i = end) {
      end = i + 1;
      while (end < rows.length && rows[end] === rows[end - 1]! + 1) end++;
      to.set(from.subarray(rows[i]! * size, (rows[i]! + end - i) * size), i * size);
    }
    return out;
  });
}
