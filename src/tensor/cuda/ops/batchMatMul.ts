import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { DeviceError, ShapeError } from "../../../errors.ts";
import type { CudaBackend, Output } from "../cudaBackend.ts";
import type { DeviceArray } from "../device.ts";
import { over } from "./flat.ts";
import { sizeOf, type Operation } from "./operation.ts";

/**
 * Matrix products.
 *
 *     y[g] = op(a[g]) · op(b[g])        [G, M, N]
 *
 * Where an operand is stored as bfloat16 (a checkpoint's weight) the other is rounded to it too, and tensor cores multiply
 * with float32 sums; where both are float32, so is the product. Batch axes are equal, or one operand has one matrix.
 */
export const batchMatMul: Operation = (backend, inputs, attrs) => {
  const [a, b] = [inputs["a"]!, inputs["b"]!];
  const [transposeA, transposeB] = [attrs["transposeA"] === true, attrs["transposeB"] === true];
  const [M, K] = matrixShape(a, transposeA);
  const [Kb, N] = matrixShape(b, transposeB);
  if (K !== Kb) throw new ShapeError(`matMul: expected equal inner dimensions, got ${K} and ${Kb}`);
  const [ga, gb] = [sizeOf(a.shape.slice(0, -2)), sizeOf(b.shape.slice(0, -2))];
  if (ga !== gb && ga !== 1 && gb !== 1)
    throw new DeviceError(`--backend cuda: expected equal batch axes or one matrix, got [${a.shape}] and [${b.shape}]`);
  const batchShape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const y = backend.output([...batchShape, M, N], "float32");
  const batch = Math.max(ga, gb);
  const [p, q] = operands(backend, a, b);
  const left = { ...p, transposed: transposeA, stride: ga === 1 ? 0 : M * K };
  const right = { ...q, transposed: transposeB, stride: gb === 1 ? 0 : K * N };
  if (batch * M * N === 0) return y;
  if (K === 0) zero(backend, y, batch * M * N);
  else backend.device.multiply({ M, N, K, a: left, b: right, c: y, batch, accumulates: false });
  return y;
};

/** Both as bfloat16 where one is stored so, else as they are. */
export function operands(backend: CudaBackend, a: TensorInfo, b: TensorInfo): [DeviceArray, DeviceArray] {
  const isRounded = [a, b].some((x) => backend.array(x).storage === "bf16");
  return isRounded ? [backend.rounded(a), backend.rounded(b)] : [backend.array(a), backend.array(b)];
}

function zero(backend: CudaBackend, y: Output, n: number): void {
  backend.device.launch("fill", { Y: y.storage }, over(n), [y.pointer, 0, n]);
}

function matrixShape(x: TensorInfo, transposed: boolean): [number, number] {
  const [rows, cols] = x.shape.slice(-2) as [number, number];
  return transposed ? [cols, rows] : [rows, cols];
}
