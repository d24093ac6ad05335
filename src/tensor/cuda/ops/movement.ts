import * as tf from "@tensorflow/tfjs-core";
import type { DataType, TensorInfo } from "@tensorflow/tfjs-core";
import { DeviceError } from "../../../errors.ts";
import type { CudaBackend, Output } from "../cudaBackend.ts";
import { storageBytes, type DeviceArray, type Storage } from "../device.ts";
import { over } from "./flat.ts";
import { reshaped, sizeOf, withTemporary, type Operation, type Operations } from "./operation.ts";
import { broadcastStrides, dims, stridesOf } from "./strides.ts";

/** The C type that moves numbers of a storage: only their size matters. */
const carrier: Readonly<Record<Storage, string>> = {
  float: "unsigned",
  int: "unsigned",
  bf16: "unsigned short",
  bool8: "unsigned char",
};

/** Where a box of numbers lies in an array. */
interface Box {
  readonly array: DeviceArray;
  readonly strides: readonly number[];
  readonly start: number;
}

/** y[box] = x[box], whatever the layouts; a box in one piece in both is one copy. */
function copyBox(backend: CudaBackend, shape: readonly number[], x: Box, y: Box): void {
  const n = sizeOf(shape);
  if (n === 0) return;
  const whole = stridesOf(shape);
  const isDense = (strides: readonly number[]) => strides.every((stride, d) => shape[d] === 1 || stride === whole[d]);
  if (isDense(x.strides) && isDense(y.strides)) {
    const bytes = storageBytes[x.array.storage];
    const at = ({ array, start }: Box): bigint => array.pointer + BigInt(bytes * start);
    return backend.device.copy(at(y), at(x), bytes * n);
  }
  backend.device.launch("strided", { T: carrier[x.array.storage] }, over(n), [
    x.array.pointer,
    y.array.pointer,
    dims(shape, 1),
    dims(x.strides, 0),
    dims(y.strides, 0),
    x.start,
    y.start,
    n,
  ]);
}

/** The box of x that starts at `begin`, densely. */
function slice(backend: CudaBackend, x: TensorInfo, begin: readonly number[], size: readonly number[]): Output {
  const from = backend.array(x);
  const y = backend.output(size, x.dtype, from.storage);
  const strides = stridesOf(x.shape);
  const start = begin.reduce((sum, b, d) => sum + b * strides[d]!, 0);
  copyBox(backend, size, { array: from, strides, start }, { array: y, strides: stridesOf(size), start: 0 });
  return y;
}

const sliceOperation: Operation = (backend, inputs, attrs) => {
  const x = inputs["x"]!;
  const asked = attrs as unknown as { begin: number | number[]; size: number | number[] };
  const [begin, size] = tf.slice_util.parseSliceParams(x, asked.begin, asked.size) as [number[], number[]];
  return slice(backend, x, begin, size);
};

const transpose: Operation = (backend, inputs, attrs) => {
  const x = inputs["x"]!;
  const perm = attrs["perm"] as number[];
  const from = backend.array(x);
  const shape = perm.map((axis) => x.shape[axis]!);
  const y = backend.output(shape, x.dtype, from.storage);
  const strides = stridesOf(x.shape);
  const permuted = perm.map((axis) => strides[axis]!);
  copyBox(
    backend,
    shape,
    { array: from, strides: permuted, start: 0 },
    { array: y, strides: stridesOf(shape), start: 0 },
  );
  return y;
};

const reverse: Operation = (backend, inputs, attrs) => {
  const x = inputs["x"]!;
  const axes = tf.util.parseAxisParam(attrs["dims"] as number[], x.shape);
  const from = backend.array(x);
  const y = backend.output(x.shape, x.dtype, from.storage);
  const strides = stridesOf(x.shape);
  const start = axes.reduce((sum, axis) => sum + (x.shape[axis]! - 1) * strides[axis]!, 0);
  const backwards = strides.map((stride, d) => (axes.includes(d) ? -stride : stride));
  copyBox(backend, x.shape, { array: from, strides: backwards, start }, { array: y, strides, start: 0 });
  return y;
};

/** Tensors laid one after the other along an axis; stored as the first is, if all are, and as float32 otherwise. */
function concat(backend: CudaBackend, tensors: readonly TensorInfo[], axis: number): TensorInfo {
  const shape = tf.backend_util.computeOutShape(
    tensors.map((x) => x.shape),
    axis,
  );
  const storage = commonStorage(backend, tensors);
  const y = backend.output(shape, tensors[0]!.dtype, storage);
  const strides = stridesOf(shape);
  let at = 0;
  for (const x of tensors) {
    const to = { array: y, strides, start: at * strides[axis]! };
    const place = (array: DeviceArray): void =>
      copyBox(backend, x.shape, { array, strides: stridesOf(x.shape), start: 0 }, to);
    if (backend.array(x).storage === storage) place(backend.array(x));
    else backend.widened(x, place);
    at += x.shape[axis]!;
  }
  return y;
}

function commonStorage(backend: CudaBackend, tensors: readonly TensorInfo[]): Storage {
  const storages = new Set(tensors.map((x) => backend.array(x).storage));
  return storages.size === 1 ? [...storages][0]! : "float";
}

const concatOperation: Operation = (backend, inputs, attrs) => {
  const tensors = Object.values(inputs);
  const axis = tf.util.parseAxisParam(attrs["axis"] as number, tensors[0]!.shape)[0]!;
  return concat(backend, tensors, axis);
};

/** Concatenation along an axis that each tensor gets first. */
const pack: Operation = (backend, inputs, attrs) => {
  const axis = attrs["axis"] as number;
  const tensors = Object.values(inputs).map((x) => ({
    ...x,
    shape: [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)],
  }));
  return concat(backend, tensors, axis);
};

const pad: Operation = (backend, inputs, attrs) => {
  const x = inputs["x"]!;
  const { paddings, constantValue } = attrs as unknown as { paddings: [number, number][]; constantValue: number };
  const from = backend.array(x);
  const shape = x.shape.map((length, d) => length + paddings[d]![0] + paddings[d]![1]);
  const y = backend.output(shape, x.dtype, from.storage);
  fill(backend, y, constantValue);
  const strides = stridesOf(shape);
  const start = paddings.reduce((sum, [before], d) => sum + before * strides[d]!, 0);
  copyBox(backend, x.shape, { array: from, strides: stridesOf(x.shape), start: 0 }, { array: y, strides, start });
  return y;
};

/**
 * Tables side by side, each filled up with zeros to P columns: [B, width] of M modules -> [B, M, P].
 *
 * Inputs: named by their place.
 */
const knobTable: Operation = (backend, inputs, attrs) => {
  const columns = Object.entries(inputs)
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([, column]) => column);
  const P = attrs["P"] as number;
  const shape = [columns[0]!.shape[0]!, columns.length, P];
  const y = backend.output(shape, "float32");
  fill(backend, y, 0);
  const strides = [columns.length * P, 1];
  for (const [m, column] of columns.entries())
    backend.widened(column, (array) =>
      copyBox(
        backend,
        column.shape,
        { array, strides: stridesOf(column.shape), start: 0 },
        { array: y, strides, start: m * P },
      ),
    );
  return [y];
};

/** Repeat x along each axis: read with the axis (repeat, length) split in two, the first of stride 0. */
const tile: Operation = (backend, inputs, attrs) => {
  const x = inputs["x"]!;
  const reps = attrs["reps"] as number[];
  const from = backend.array(x);
  const split = x.shape.flatMap((length, d) => [reps[d]!, length]);
  const single = x.shape.flatMap((length) => [1, length]);
  const y = backend.output(
    x.shape.map((length, d) => length * reps[d]!),
    x.dtype,
    from.storage,
  );
  const box = { array: from, strides: broadcastStrides(single, split), start: 0 };
  copyBox(backend, split, box, { array: y, strides: stridesOf(split), start: 0 });
  return y;
};

function fill(backend: CudaBackend, y: Output, value: number): void {
  const n = sizeOf(y.shape);
  if (n > 0) backend.device.launch("fill", { Y: y.storage }, over(n), [y.pointer, value, n]);
}

function filled(backend: CudaBackend, shape: readonly number[], dtype: DataType, value: number): TensorInfo {
  const y = backend.output(shape, dtype);
  fill(backend, y, value);
  return y;
}

const fillOperation: Operation = (backend, _, attrs) => {
  const { shape, value, dtype } = attrs as unknown as { shape: number[]; value: number; dtype?: DataType };
  return filled(backend, shape, dtype ?? tf.util.inferDtype(value), value);
};

const gather: Operation = (backend, inputs, attrs) => {
  const [x, indices] = [inputs["x"]!, inputs["indices"]!];
  const { axis: asked, batchDims } = attrs as unknown as { axis: number; batchDims: number };
  if (batchDims !== 0)
    throw new DeviceError("--backend cuda: expected a gather without batch axes, got GatherV2 with some");
  const axis = tf.util.parseAxisParam(asked, x.shape)[0]!;
  const from = backend.array(x);
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  const y = backend.output(shape, x.dtype, from.storage);
  const n = sizeOf(shape);
  if (n === 0) return y;
  backend.device.launch("gather", { T: carrier[from.storage] }, over(n), [
    from.pointer,
    backend.array(indices).pointer,
    y.pointer,
    x.shape[axis]!,
    sizeOf(x.shape.slice(axis + 1)),
    sizeOf(indices.shape),
    n,
  ]);
  return y;
};

const oneHot: Operation = (backend, inputs, attrs) => {
  const indices = inputs["indices"]!;
  const { depth, onValue, offValue, dtype } = attrs as unknown as OneHot;
  const y = backend.output([...indices.shape, depth], dtype);
  const n = sizeOf(y.shape);
  const args = [backend.array(indices).pointer, y.pointer, depth, onValue, offValue, n];
  if (n > 0) backend.device.launch("oneHot", { Y: y.storage }, over(n), args);
  return y;
};

interface OneHot {
  readonly depth: number;
  readonly onValue: number;
  readonly offValue: number;
  readonly dtype: DataType;
}

const select: Operation = (backend, inputs) => {
  const [condition, t, e] = [inputs["condition"]!, inputs["t"]!, inputs["e"]!];
  const storage = commonStorage(backend, [t, e]);
  const y = backend.output(t.shape, tf.upcastType(t.dtype, e.dtype), storage);
  const n = sizeOf(t.shape);
  const each = n / Math.max(1, sizeOf(condition.shape));
  const choose = (p: DeviceArray, q: DeviceArray): void =>
    backend.device.launch("choose", { T: carrier[storage] }, over(n), [
      backend.array(condition).pointer,
      p.pointer,
      q.pointer,
      y.pointer,
      each,
      n,
    ]);
  if (n === 0) return y;
  if (storage === "bf16") choose(backend.array(t), backend.array(e));
  else if (t.dtype === "float32") backend.widened(t, (p) => backend.widened(e, (q) => choose(p, q)));
  else choose(backend.array(t), backend.array(e));
  return y;
};

const expandDims: Operation = (backend, inputs, attrs) => {
  const x = inputs["input"]!;
  const dim = attrs["dim"] as number;
  const at = dim < 0 ? x.shape.length + 1 + dim : dim;
  return reshaped(backend, x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
};

const reshape: Operation = (backend, inputs, attrs) => {
  const x = inputs["x"]!;
  return reshaped(backend, x, tf.util.inferFromImplicitShape(attrs["shape"] as number[], sizeOf(x.shape)));
};

/** Neighbouring parts of x along an axis. */
function parts(backend: CudaBackend, x: TensorInfo, axis: number, lengths: readonly number[]): Output[] {
  let at = 0;
  return lengths.map((length) => {
    const begin = x.shape.map((_, d) => (d === axis ? at : 0));
    at += length;
    return slice(
      backend,
      x,
      begin,
      x.shape.map((whole, d) => (d === axis ? length : whole)),
    );
  });
}

/** The opposite of Concat. */
const splitV: Operation = (backend, inputs, attrs) => {
  const x = inputs["x"]!;
  const axis = tf.util.parseAxisParam(attrs["axis"] as number, x.shape)[0]!;
  const lengths = tf.backend_util.prepareSplitSize(x as tf.Tensor, attrs["numOrSizeSplits"] as number[], axis);
  return parts(backend, x, axis, lengths);
};

/** The opposite of Pack: one tensor for each index along an axis. */
const unpack: Operation = (backend, inputs, attrs) => {
  const x = inputs["value"]!;
  const axis = tf.util.parseAxisParam(attrs["axis"] as number, x.shape)[0]!;
  const shape = [...x.shape.slice(0, axis), ...x.shape.slice(axis + 1)];
  const each = Array.from({ length: x.shape[axis]! }, () => 1);
  return parts(backend, x, axis, each).map((part) =>
    withTemporary(backend, part, () => reshaped(backend, part, shape)),
  );
};

const range: Operation = (backend, _, attrs) => {
  const { start, stop, step, dtype } = attrs as unknown as Range;
  const count = Math.max(0, Math.ceil((stop - start) / step));
  const values = Float32Array.from({ length: count }, (__, i) => start + i * step);
  return { dataId: backend.write(values, [count], dtype), shape: [count], dtype };
};

interface Range {
  readonly start: number;
  readonly stop: number;
  readonly step: number;
  readonly dtype: "float32" | "int32";
}

/** Operations that move numbers, or make constant ones. */
export const movement: Operations = {
  Slice: sliceOperation,
  Transpose: transpose,
  Reverse: reverse,
  Concat: concatOperation,
  Pack: pack,
  Unpack: unpack,
  SplitV: splitV,
  PadV2: pad,
  VhackKnobTable: knobTable,
  Tile: tile,
  Fill: fillOperation,
  ZerosLike: (backend, inputs) => filled(backend, inputs["x"]!.shape, inputs["x"]!.dtype, 0),
  OnesLike: (backend, inputs) => filled(backend, inputs["x"]!.shape, inputs["x"]!.dtype, 1),
  Range: range,
  GatherV2: gather,
  OneHot: oneHot,
  Select: select,
  ExpandDims: expandDims,
  Reshape: reshape,
  Identity: (backend, inputs) => reshaped(backend, inputs["x"]!, inputs["x"]!.shape),
};
