import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { ShapeError } from "../../errors.ts";
import type { SystemBlas } from "./systemBlas.ts";
import { replaceKernel } from "../replaceKernel.ts";
import type { WasmBackend } from "./wasmBackend.ts";

/**
 * Replace the wasm backend's BatchMatMul by the system's BLAS, matrix by matrix, on views of the wasm heap.
 *
 *     out[g] = op(a[g]) · op(b[g])        [G, M, N],  op = identity or transpose, done by BLAS itself
 *
 * The heap is ordinary process memory, so nothing is copied. Limits as in installWasmBatchMatMul; other calls go to the
 * kernel that was registered before.
 */
export function installBlasBatchMatMul(backend: WasmBackend, blas: SystemBlas): void {
  replaceKernel("wasm", "BatchMatMul", (fallback) => (params) => {
    const { a, b } = params.inputs as { a: TensorInfo; b: TensorInfo };
    const { transposeA, transposeB } = params.attrs as { transposeA: boolean; transposeB: boolean };
    const [ga, gb] = [a, b].map((x) => tf.util.sizeFromShape(x.shape.slice(0, -2))) as [number, number];
    const isEmpty = tf.util.sizeFromShape(a.shape) === 0 || tf.util.sizeFromShape(b.shape) === 0;
    if (isEmpty || a.dtype !== "float32" || b.dtype !== "float32" || !(ga === gb || ga === 1 || gb === 1))
      return fallback(params);

    const [M, Ka] = matrixShape(a, transposeA);
    const [K, N] = matrixShape(b, transposeB);
    if (Ka !== K) throw new ShapeError(`matMul: expected equal inner dimensions, got ${Ka} and ${K}`);
    const batchShape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const out = backend.makeOutput([...batchShape, M, N], "float32");
    const [heapA, heapB, heapOut] = [a, b, out].map((x) => backend.typedArrayFromHeap(x)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    for (let g = 0; g < Math.max(ga, gb); g++) {
      const [fromA, fromB] = [ga === 1 ? 0 : g * M * K, gb === 1 ? 0 : g * K * N];
      blas.multiply(
        heapA.subarray(fromA, fromA + M * K),
        transposeA,
        heapB.subarray(fromB, fromB + K * N),
        transposeB,
        heapOut.subarray(g * M * N, (g + 1) * M * N),
        M,
        K,
        N,
      );
    }
    return out;
  });
}

function matrixShape(x: TensorInfo, transposed: boolean): [number, number] {
  const [rows, cols] = x.shape.slice(-2) as [number, number];
  return transposed ? [cols, rows] : [rows, cols];
}
