import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { ShapeError } from "../../errors.ts";
import { replaceKernel } from "../replaceKernel.ts";
import type { WasmBackend } from "./wasmBackend.ts";

type Operand = TensorInfo & { transposed: boolean };

/**
 * Replace the wasm backend's BatchMatMul by XNNPACK, matrix by matrix, on views of the operands.
 *
 *     out[g] = op(a[g]) · op(b[g])        [G, M, N],  op = identity or transpose
 *
 * The stock kernel calls XNNPACK for one untransposed product only and falls back to a scalar loop (tenfold slower) for
 * everything else. A transposed operand is transposed once; where that is cheaper, out^T = op(b)^T · op(a)^T is computed
 * instead. Limits: float32; batch dimensions equal, or one operand unbatched. Other calls go to the stock kernel.
 *
 * @see tfjs pull request 2532 (where XNNPACK is used); needs internals of tfjs-backend-wasm 4.22.0, so that is pinned
 */
export function installWasmBatchMatMul(backend: WasmBackend): void {
  const { kernelFunc: transposeKernel } = tf.getKernel("Transpose", "wasm");
  const multiply = backend.wasm.cwrap("BatchMatMul", null, [
    "number",
    "array",
    "number",
    "number",
    "array",
    "number",
    "number",
    "number",
    "number",
  ]);

  const swapLast = (x: TensorInfo): TensorInfo => {
    const perm = x.shape.map((_, i) => i);
    perm.push(perm.pop()!, perm.pop()!);
    return single(transposeKernel({ inputs: { x }, backend, attrs: { perm } }));
  };
  const view = (size: number, offset: number): number => {
    const id = backend.dataIdNextNumber++;
    backend.wasm.tfjs.registerTensor(id, size, offset);
    return id;
  };
  const release = (x: TensorInfo): boolean => backend.disposeData(x.dataId);

  /** out [G, m, n] = left [gl, m, K] · right [gr, K, n], both untransposed and contiguous. */
  const multiplyEach = (left: TensorInfo, right: TensorInfo, m: number, K: number, n: number): TensorInfo => {
    const gl = batchSize(left);
    const gr = batchSize(right);
    const G = Math.max(gl, gr);
    const out = backend.makeOutput([G, m, n], "float32");
    const [leftAt, rightAt, outAt] = [left, right, out].map((x) => backend.getMemoryOffset(x.dataId));
    const leftShape = int32Bytes([1, m, K]);
    const rightShape = int32Bytes([1, K, n]);
    for (let g = 0, rightId = -1; g < G; g++) {
      const leftId = view(m * K, leftAt! + (gl === 1 ? 0 : g * m * K * 4));
      if (g === 0 || gr > 1) rightId = view(K * n, rightAt! + g * K * n * 4);
      const outId = view(m * n, outAt! + g * m * n * 4);
      multiply(leftId, leftShape, 3, rightId, rightShape, 3, 0, 0, outId);
      backend.wasm.tfjs.disposeData(leftId);
      backend.wasm.tfjs.disposeData(outId);
      if (gr > 1 || g === G - 1) backend.wasm.tfjs.disposeData(rightId);
    }
    return out;
  };

  /** left · right with whatever transposing is due done first; temporaries freed, also when memory runs out. */
  const multiplyOperands = (left: Operand, right: Operand, m: number, K: number, n: number): TensorInfo => {
    const temporaries: TensorInfo[] = [];
    const straightened = (x: Operand): TensorInfo => {
      if (!x.transposed) return x;
      const swapped = swapLast(x);
      temporaries.push(swapped);
      return swapped;
    };
    try {
      return multiplyEach(straightened(left), straightened(right), m, K, n);
    } finally {
      temporaries.forEach(release);
    }
  };

  replaceKernel("wasm", "BatchMatMul", (stock) => (params) => {
    const { a, b } = params.inputs as { a: TensorInfo; b: TensorInfo };
    const { transposeA, transposeB } = params.attrs as { transposeA: boolean; transposeB: boolean };
    const [ga, gb] = [batchSize(a), batchSize(b)];
    // the stock kernel keeps a packed copy of b by tensor: only for what nothing writes to in place (wasmWriteSlot.ts)
    const isPlain = a.shape.length === 2 && b.shape.length === 2 && !transposeA && !transposeB;
    const isEmpty = tf.util.sizeFromShape(a.shape) === 0 || tf.util.sizeFromShape(b.shape) === 0;
    if (isPlain || isEmpty || a.dtype !== "float32" || b.dtype !== "float32" || !(ga === gb || ga === 1 || gb === 1))
      return stock(params);

    const [M, Ka] = matrixShape(a, transposeA);
    const [K, N] = matrixShape(b, transposeB);
    if (Ka !== K) throw new ShapeError(`matMul: expected equal inner dimensions, got ${Ka} and ${K}`);
    const batchShape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const straight = (transposeA ? ga * M * K : 0) + (transposeB ? gb * N * K : 0);
    const flipped = (transposeA ? 0 : ga * M * K) + (transposeB ? 0 : gb * N * K) + Math.max(ga, gb) * M * N;
    let out: TensorInfo;
    if (straight <= flipped) {
      out = multiplyOperands({ ...a, transposed: transposeA }, { ...b, transposed: transposeB }, M, K, N);
    } else {
      const outT = multiplyOperands({ ...b, transposed: !transposeB }, { ...a, transposed: !transposeA }, N, K, M);
      try {
        out = swapLast(outT);
      } finally {
        release(outT);
      }
    }
    return { ...out, shape: [...batchShape, M, N] };
  });
}

function single(result: TensorInfo | TensorInfo[]): TensorInfo {
  return Array.isArray(result) ? result[0]! : result;
}

function batchSize(x: TensorInfo): number {
  return tf.util.sizeFromShape(x.shape.slice(0, -2));
}

function matrixShape(x: TensorInfo, transposed: boolean): [number, number] {
  const [rows, cols] = x.shape.slice(-2) as [number, number];
  return transposed ? [cols, rows] : [rows, cols];
}

function int32Bytes(values: number[]): Uint8Array {
  return new Uint8Array(new Int32Array(values).buffer);
}
