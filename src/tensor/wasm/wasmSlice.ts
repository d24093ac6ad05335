import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { replaceKernel } from "../replaceKernel.ts";
import type { WasmBackend } from "./wasmBackend.ts";

/**
 * Replace the wasm backend's Slice by a copy of what is asked for, within the heap.
 *
 *     out[i...] = x[begin + i...]
 *
 * The stock kernel first copies the whole of x out of the heap, so taking every sample's rows out of a packed batch of B
 * samples moves B times the batch. Needs internals of tfjs-backend-wasm 4.22.0, so that is pinned.
 */
export function installWasmSlice(backend: WasmBackend): void {
  replaceKernel("wasm", "Slice", (stock) => (params) => {
    const { x } = params.inputs as { x: TensorInfo };
    if (x.dtype === "string") return stock(params);
    const asked = params.attrs as { begin: number | number[]; size: number | number[] };
    const [begin, size] = tf.slice_util.parseSliceParams(x, asked.begin, asked.size) as [number[], number[]];
    const out = backend.makeOutput(size, x.dtype);
    const [from, to] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(out)]; // after makeOutput, which may move the heap
    copyRuns(from, x.shape, begin, size, to);
    return out;
  });
}

/** Copy out the slice run by run; a run is as much of it as is contiguous. */
function copyRuns(
  from: Heap,
  shape: readonly number[],
  begin: readonly number[],
  size: readonly number[],
  to: Heap,
): void {
  let axis = size.length - 1;
  while (axis > 0 && size[axis] === shape[axis]) axis--;
  const strides = [...tf.util.computeStrides([...shape]), 1];
  const run = size[axis]! * strides[axis]!;
  const runs = run === 0 ? 0 : to.length / run;
  const first = begin.reduce((sum, b, i) => sum + b * strides[i]!, 0);
  for (let r = 0; r < runs; r++) {
    let offset = first;
    for (let i = axis - 1, rest = r; i >= 0; rest = Math.floor(rest / size[i]!), i--)
      offset += (rest % size[i]!) * strides[i]!;
    to.set(from.subarray(offset, offset + run), r * run);
  }
}

type Heap = ReturnType<WasmBackend["typedArrayFromHeap"]>;
