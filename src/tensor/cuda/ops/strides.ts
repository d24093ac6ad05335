import * as tf from "@tensorflow/tfjs-core";
import { ShapeError } from "../../../errors.ts";

const mostAxes = 6;

/** Shapes or strides as kernels take them: six numbers, the missing leading ones filled in. */
export function dims(values: readonly number[], missing: number): number[] {
  if (values.length > mostAxes)
    throw new ShapeError(`--backend cuda: expected at most ${mostAxes} axes, got [${values.join()}]`);
  return [...Array.from({ length: mostAxes - values.length }, () => missing), ...values];
}

/** Numbers from one index to the next along each axis, row-major. */
export function stridesOf(shape: readonly number[]): number[] {
  return shape.length === 0 ? [] : [...tf.util.computeStrides([...shape]), 1];
}

/** Strides with which a tensor is read as if it had the broadcast shape: 0 along axes that repeat. */
export function broadcastStrides(shape: readonly number[], broadcast: readonly number[]): number[] {
  const strides = stridesOf(shape);
  const missing = broadcast.length - shape.length;
  return broadcast.map((_, d) => (d < missing || shape[d - missing] === 1 ? 0 : strides[d - missing]!));
}
