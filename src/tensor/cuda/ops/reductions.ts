import * as tf from "@tensorflow/tfjs-core";
import type { DataType, NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";
import { DeviceError } from "../../../errors.ts";
import type { CudaBackend } from "../cudaBackend.ts";
import { over, perRow } from "./flat.ts";
import { sizeOf, type Operation, type Operations } from "./operation.ts";

interface Reduction {
  readonly how: "sum" | "max";
  /** CUDA C in v: of each number first, and of the result last; n is the count */
  readonly each: string;
  readonly last: (n: number) => string;
  readonly dtypeOf: (x: TensorInfo) => DataType;
}

const same = ({ dtype }: TensorInfo): DataType => dtype;
const summed = ({ dtype }: TensorInfo): DataType => (dtype === "bool" ? "int32" : dtype);

const sum: Reduction = { how: "sum", each: "v", last: () => "v", dtypeOf: summed };
const mean: Reduction = { how: "sum", each: "v", last: (n) => `v / ${n}.0f`, dtypeOf: () => "float32" };
const max: Reduction = { how: "max", each: "v", last: () => "v", dtypeOf: same };
const min: Reduction = { how: "max", each: "-v", last: () => "-v", dtypeOf: same };
const any: Reduction = { how: "max", each: "v", last: () => "v", dtypeOf: same };
/** all(x) = not max(not x) */
const all: Reduction = { how: "max", each: "(v == 0)", last: () => "(v == 0)", dtypeOf: same };

/** Axes [outer, n, inner] of which the middle one is combined; the asked axes are neighbours. */
interface Middle {
  readonly outer: number;
  readonly n: number;
  readonly inner: number;
}

function middleOf(shape: readonly number[], axes: readonly number[]): Middle {
  const [first, last] = [axes[0] ?? shape.length, axes.at(-1) ?? shape.length - 1];
  if (last - first + 1 !== axes.length)
    throw new DeviceError(`--backend cuda: expected a reduction over neighbouring axes, got [${axes}] of [${shape}]`);
  return {
    outer: sizeOf(shape.slice(0, first)),
    n: sizeOf(shape.slice(first, last + 1)),
    inner: sizeOf(shape.slice(last + 1)),
  };
}

function reduce(backend: CudaBackend, x: TensorInfo, { how, each, last, dtypeOf }: Reduction, attrs: NamedAttrMap) {
  const asked = (attrs["axis"] ?? attrs["reductionIndices"]) as number | number[] | null;
  const axes = tf.util.parseAxisParam(asked!, x.shape).toSorted((p, q) => p - q);
  const { outer, n, inner } = middleOf(x.shape, axes);
  const isKept = attrs["keepDims"] === true;
  const shape = x.shape.flatMap((length, d) => (axes.includes(d) ? (isKept ? [1] : []) : [length]));
  const from = backend.array(x);
  const y = backend.output(shape, dtypeOf(x));
  const defines = {
    X: from.storage,
    Y: y.storage,
    REDUCE: how === "sum" ? 0 : 1,
    "G(v)": each,
    "FINISH(v)": last(n),
  };
  if (outer * inner === 0) return y;
  if (inner === 1) backend.device.launch("reduceRows", defines, perRow(outer, n, 1024), [from.pointer, y.pointer, n]);
  else
    backend.device.launch("reduceColumns", defines, over(outer * inner), [
      from.pointer,
      y.pointer,
      n,
      inner,
      outer * inner,
    ]);
  return y;
}

const reduction = (what: Reduction): Operation => {
  return (backend, inputs, attrs) => reduce(backend, inputs["x"]!, what, attrs);
};

const softmax: Operation = (backend, inputs, attrs) => {
  const x = inputs["logits"]!;
  const n = x.shape.at(-1)!;
  const dim = attrs["dim"] as number;
  if (dim !== -1 && dim !== x.shape.length - 1)
    throw new DeviceError(`--backend cuda: expected a softmax over the last axis, got axis ${dim} of [${x.shape}]`);
  const from = backend.array(x);
  const y = backend.output(x.shape, x.dtype);
  const rows = sizeOf(x.shape) / n;
  if (rows > 0)
    backend.device.launch("softmax", { X: from.storage, Y: y.storage }, perRow(rows, n), [from.pointer, y.pointer, n]);
  return y;
};

/** kernels/argMax.cu along any axis. */
const argMax: Operation = (backend, inputs, attrs) => {
  const x = inputs["x"]!;
  const axes = tf.util.parseAxisParam(attrs["axis"] as number, x.shape);
  const { outer, n, inner } = middleOf(x.shape, axes);
  const from = backend.array(x);
  const y = backend.output(
    x.shape.filter((_, d) => !axes.includes(d)),
    "int32",
  );
  const args = [from.pointer, y.pointer, n, inner, outer * inner];
  if (outer * inner > 0) backend.device.launch("argMax", { X: from.storage }, over(outer * inner), args);
  return y;
};

/** kernels/cumsum.cu along any axis. */
const cumsum: Operation = (backend, inputs, attrs) => {
  const x = inputs["x"]!;
  const { axis, exclusive, reverse } = attrs as unknown as { axis: number; exclusive: boolean; reverse: boolean };
  const { outer, n, inner } = middleOf(x.shape, tf.util.parseAxisParam(axis, x.shape));
  const from = backend.array(x);
  const y = backend.output(x.shape, x.dtype);
  const defines = { X: from.storage, Y: y.storage, EXCLUSIVE: Number(exclusive), REVERSE: Number(reverse) };
  const args = [from.pointer, y.pointer, n, inner, outer * inner];
  if (outer * inner * n > 0) backend.device.launch("cumsum", defines, over(outer * inner), args);
  return y;
};

/** Operations that combine many numbers to one. */
export const reductions: Operations = {
  Sum: reduction(sum),
  Mean: reduction(mean),
  Max: reduction(max),
  Min: reduction(min),
  Any: reduction(any),
  All: reduction(all),
  Softmax: softmax,
  Cumsum: cumsum,
  ArgMax: argMax,
};
