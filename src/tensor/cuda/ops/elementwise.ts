import * as tf from "@tensorflow/tfjs-core";
import type { DataType, TensorInfo } from "@tensorflow/tfjs-core";
import type { CudaBackend } from "../cudaBackend.ts";
import type { Storage } from "../device.ts";
import { flat, over } from "./flat.ts";
import { reshaped, sizeOf, withTemporary, type Operation, type Operations } from "./operation.ts";
import { broadcastStrides, dims } from "./strides.ts";

/** Functions of one number as CUDA C in v. */
const unaryExpressions = {
  Abs: "fabsf(v)",
  Neg: "-v",
  Exp: "expf(v)",
  Log: "logf(v)",
  Sqrt: "sqrtf(v)",
  Rsqrt: "rsqrtf(v)",
  Square: "v * v",
  Relu: "(v > 0 || v != v ? v : 0)",
  Sigmoid: "1 / (1 + expf(-v))",
} as const;

/** Of numbers to truth. */
const testExpressions = { IsFinite: "fabsf(v) < infinity", IsNan: "v != v", LogicalNot: "v == 0" } as const;

/** Functions of two numbers as CUDA C in p and q, computed in the type of the inputs. */
const binaryExpressions = {
  Add: "p + q",
  Sub: "p - q",
  Multiply: "p * q",
  Maximum: "(p != p || p > q ? p : q)",
  Minimum: "(p != p || p < q ? p : q)",
} as const;
const floatExpressions = { RealDiv: "p / q", Pow: "powf(p, q)" } as const;
const comparisons = {
  Equal: "p == q",
  NotEqual: "p != q",
  Greater: "p > q",
  GreaterEqual: "p >= q",
  Less: "p < q",
  LessEqual: "p <= q",
  LogicalAnd: "p != 0 && q != 0",
  LogicalOr: "p != 0 || q != 0",
} as const;

function map(backend: CudaBackend, x: TensorInfo, expression: string, dtype: DataType): TensorInfo {
  const from = backend.array(x);
  const y = backend.output(x.shape, dtype);
  const n = sizeOf(x.shape);
  const { lanes, launch } = flat(n, [from.storage, y.storage]);
  const defines = { X: from.storage, Y: y.storage, "F(v)": expression, LANES: lanes };
  if (n > 0) backend.device.launch("unary", defines, launch, [from.pointer, y.pointer, n]);
  return y;
}

function combine(backend: CudaBackend, a: TensorInfo, b: TensorInfo, expression: string, dtype: DataType): TensorInfo {
  const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const y = backend.output(shape, dtype);
  const n = sizeOf(shape);
  if (n === 0) return y;
  const constant = constantSide(backend, a, b, n);
  const isFlat = sizeOf(a.shape) === n && sizeOf(b.shape) === n;
  if (constant !== null || (isFlat && isFloats(a, b, y))) combineFlat(backend, a, b, y, n, expression, constant);
  else combineBroadcast(backend, a, b, y, n, expression);
  return y;
}

interface Constant {
  readonly side: 1 | 2;
  readonly value: number;
}

/** Which operand is a number that the host knows, where the other has the shape of the result. */
function constantSide(backend: CudaBackend, a: TensorInfo, b: TensorInfo, n: number): Constant | null {
  if (a.dtype !== "float32" || b.dtype !== "float32") return null;
  const [p, q] = [backend.constantOf(a), backend.constantOf(b)];
  if (q !== null && sizeOf(a.shape) === n) return { side: 2, value: q };
  return p !== null && sizeOf(b.shape) === n ? { side: 1, value: p } : null;
}

const isFloats = (...tensors: TensorInfo[]): boolean => tensors.every(({ dtype }) => dtype === "float32");

type Result = ReturnType<CudaBackend["output"]>;

function combineFlat(
  backend: CudaBackend,
  a: TensorInfo,
  b: TensorInfo,
  y: Result,
  n: number,
  expression: string,
  constant: Constant | null,
): void {
  const none: { pointer: bigint; storage: Storage } = { pointer: 0n, storage: "float" };
  const p = constant?.side === 1 ? none : backend.array(a);
  const q = constant?.side === 2 ? none : backend.array(b);
  const { lanes, launch } = flat(n, [p.storage, q.storage, y.storage]);
  const defines = { A: p.storage, B: q.storage, Y: y.storage, "F(p, q)": expression, LANES: lanes };
  backend.device.launch("binaryFlat", { ...defines, CONSTANT: constant?.side ?? 0 }, launch, [
    p.pointer,
    q.pointer,
    y.pointer,
    constant?.value ?? 0,
    n,
  ]);
}

function combineBroadcast(
  backend: CudaBackend,
  a: TensorInfo,
  b: TensorInfo,
  y: Result,
  n: number,
  expression: string,
): void {
  const [p, q] = [backend.array(a), backend.array(b)];
  const V = a.dtype === "float32" || b.dtype === "float32" || /powf|\//.test(expression) ? "float" : "int";
  const defines = { A: p.storage, B: q.storage, Y: y.storage, V, "F(p, q)": expression };
  const [aStrides, bStrides] = [broadcastStrides(a.shape, y.shape), broadcastStrides(b.shape, y.shape)];
  backend.device.launch("binary", defines, over(n), [
    p.pointer,
    q.pointer,
    y.pointer,
    dims(y.shape, 1),
    dims(aStrides, 0),
    dims(bStrides, 0),
    n,
  ]);
}

/** The sum of any number of tensors of one shape. */
const addN: Operation = (backend, inputs) => {
  const [first, ...rest] = Object.values(inputs) as [TensorInfo, ...TensorInfo[]];
  const start = reshaped(backend, first, first.shape);
  return rest.reduce(
    (sum, x) => withTemporary(backend, sum, () => combine(backend, sum, x, binaryExpressions.Add, x.dtype)),
    start,
  );
};

/** Between numbers and truth values; a float turns into an integer toward zero, as in the host's typed arrays. */
const cast: Operation = (backend, inputs, attrs) => {
  const x = inputs["x"]!;
  const dtype = attrs["dtype"] as DataType;
  if (dtype === x.dtype) return reshaped(backend, x, x.shape);
  return map(backend, x, dtype === "bool" ? "v != 0" : "v", dtype);
};

/** 1 above zero, alpha elsewhere; NaN stays. */
const step: Operation = (backend, inputs, attrs) => {
  const x = inputs["x"]!;
  return map(backend, x, `(v > 0 ? 1 : v != v ? v : ${literal(attrs["alpha"] as number)})`, x.dtype);
};

const clip: Operation = (backend, inputs, attrs) => {
  const x = inputs["x"]!;
  const [least, most] = [attrs["clipValueMin"], attrs["clipValueMax"]].map((bound) => literal(bound as number));
  return map(backend, x, `(v < ${least} ? ${least} : v > ${most} ? ${most} : v)`, x.dtype);
};

/** A float as CUDA C, bit for bit. */
function literal(value: number): string {
  return `__uint_as_float(${new Uint32Array(Float32Array.of(value).buffer)[0]}u)`;
}

const unary = (expression: string, dtypeOf: (x: TensorInfo) => DataType): Operation => {
  return (backend, inputs) => {
    const x = inputs["x"]!;
    return map(backend, x, expression, dtypeOf(x));
  };
};

const binary = (expression: string, dtypeOf: (a: TensorInfo, b: TensorInfo) => DataType): Operation => {
  return (backend, inputs) => {
    const [a, b] = [inputs["a"]!, inputs["b"]!];
    return combine(backend, a, b, expression, dtypeOf(a, b));
  };
};

const eachOf = (expressions: Readonly<Record<string, string>>, make: (expression: string) => Operation): Operations =>
  Object.fromEntries(Object.entries(expressions).map(([name, expression]) => [name, make(expression)]));

/** Operations that take numbers at the same place to a number at that place. */
export const elementwise: Operations = {
  ...eachOf(unaryExpressions, (expression) => unary(expression, ({ dtype }) => dtype)),
  ...eachOf(testExpressions, (expression) => unary(expression, () => "bool")),
  ...eachOf(binaryExpressions, (expression) => binary(expression, (a, b) => tf.upcastType(a.dtype, b.dtype))),
  ...eachOf(floatExpressions, (expression) => binary(expression, () => "float32")),
  ...eachOf(comparisons, (expression) => binary(expression, () => "bool")),
  AddN: addN,
  Cast: cast,
  Step: step,
  ClipByValue: clip,
};
