import * as tf from "@tensorflow/tfjs-core";
import type { backend_util, DataType, TensorInfo } from "@tensorflow/tfjs-core";
import { DeviceError } from "../../errors.ts";
import { setBudget, type MemoryBudget } from "../memoryBudget.ts";
import { storageBytes, type Device, type DeviceArray, type Storage } from "./device.ts";
import { MemoryPool } from "./memoryPool.ts";
import { flat } from "./ops/flat.ts";

type Values = backend_util.BackendValues;
type DataId = TensorInfo["dataId"];

/** What products compute in: bfloat16 operands where a weight is stored so, or float32 throughout. */
export type Precision = "bfloat16" | "float32";

/** A tensor's numbers: on the device, or one constant that the host still knows. */
interface DeviceData {
  readonly dtype: DataType;
  readonly storage: Storage;
  readonly size: number;
  refCount: number;
  pointer: bigint | null;
  /** strings, and single numbers: kernels take those by value */
  values: Values | null;
  /** the same numbers rounded to bfloat16, once a product has asked for them */
  rounded: bigint | null;
}

/** A tensor that an operation is about to fill. */
export type Output = TensorInfo & DeviceArray;

/**
 * tf.js on a CUDA device.
 *
 * A tensor of dtype float32 may be stored as bfloat16 (checkpoint weights, operands of products): kernels read either, and
 * the host sees float32. Nothing waits for the device but reading.
 */
export class CudaBackend extends tf.KernelBackend {
  readonly device: Device;
  readonly precision: Precision;
  readonly #pool: MemoryPool;
  readonly #data: tf.DataStorage<DeviceData>;

  constructor(device: Device, budget: MemoryBudget, precision: Precision) {
    super();
    this.device = device;
    this.precision = precision;
    this.#pool = new MemoryPool(device, budget);
    setBudget(this, budget);
    this.#data = new tf.DataStorage(this, tf.engine());
  }

  override write(values: Values, shape: number[], dtype: DataType): DataId {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(dataId: DataId, values: Values, shape: number[], dtype: DataType, refCount: number): void {
    const size = tf.util.sizeFromShape(shape);
    const storage = storageOf(dtype);
    const data: DeviceData = { dtype, storage, size, refCount, pointer: null, values: null, rounded: null };
    if (dtype === "string" || size === 1) data.values = values;
    else data.pointer = this.#uploaded(values, storage, size);
    this.#data.set(dataId, data);
  }

  override readSync(dataId: DataId): Values {
    const { values, dtype, pointer, storage, size } = this.#data.get(dataId);
    if (values !== null) return dtype === "string" ? values : asTyped(values, dtype);
    if (storage === "bf16") return this.#readWidened(pointer!, size);
    const into = new hostArray[storage](size);
    if (size > 0) this.device.download(into, pointer!);
    return into as Values;
  }

  override async read(dataId: DataId): Promise<Values> {
    await this.device.finished();
    return this.readSync(dataId);
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.#data.has(dataId)) return true;
    const data = this.#data.get(dataId);
    data.refCount--;
    if (!force && data.refCount > 0) return false;
    for (const pointer of [data.pointer, data.rounded]) if (pointer !== null) this.#pool.give(pointer);
    this.#data.delete(dataId);
    return true;
  }

  override refCount(dataId: DataId): number {
    return this.#data.has(dataId) ? this.#data.get(dataId).refCount : 0;
  }

  override incRef(dataId: DataId): void {
    this.#data.get(dataId).refCount++;
  }

  override numDataIds(): number {
    return this.#data.numDataIds();
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override dispose(): void {
    this.device.close();
  }

  /** Memory for a result; the numbers in it are arbitrary until a kernel has written them. */
  output(shape: readonly number[], dtype: DataType, storage: Storage = storageOf(dtype)): Output {
    const size = tf.util.sizeFromShape([...shape]);
    const pointer = this.#pool.take(size * storageBytes[storage]);
    const dataId = {};
    this.#data.set(dataId, { dtype, storage, size, refCount: 1, pointer, values: null, rounded: null });
    return { dataId, shape: [...shape], dtype, pointer, storage };
  }

  /** A tensor's numbers on the device. */
  array({ dataId }: TensorInfo): DeviceArray {
    const data = this.#data.get(dataId);
    if (data.dtype === "string") throw new DeviceError("--backend cuda: expected numbers, got strings");
    data.pointer ??= this.#uploaded(data.values!, data.storage, data.size);
    return { pointer: data.pointer, storage: data.storage };
  }

  /** A tensor's numbers, which a kernel is about to change in place. */
  mutableArray(info: TensorInfo): DeviceArray {
    const array = this.array(info);
    const data = this.#data.get(info.dataId);
    data.values = null;
    if (data.rounded !== null) this.#pool.give(data.rounded);
    data.rounded = null;
    return array;
  }

  /** The same numbers as bfloat16: as stored, else rounded once and kept with the tensor. */
  rounded(info: TensorInfo): DeviceArray {
    const { pointer, storage } = this.array(info);
    if (storage === "bf16") return { pointer, storage };
    const data = this.#data.get(info.dataId);
    data.rounded ??= this.#converted(pointer, storage, "bf16", data.size);
    return { pointer: data.rounded, storage: "bf16" };
  }

  /** Memory that the kernel which fills `output` is to fill with the same numbers as bfloat16; null in float32. */
  roundedWith({ dataId, storage }: Output): bigint {
    const data = this.#data.get(dataId);
    if (this.precision === "float32" || storage !== "float") return 0n;
    data.rounded = this.#pool.take(data.size * storageBytes.bf16);
    return data.rounded;
  }

  /** The same numbers as float32: as stored, or in memory that `use` may read until it returns. */
  widened<T>(info: TensorInfo, use: (array: DeviceArray) => T): T {
    const { pointer, storage } = this.array(info);
    if (storage === "float") return use({ pointer, storage });
    const wide = this.#converted(pointer, storage, "float", this.#data.get(info.dataId).size);
    try {
      return use({ pointer: wide, storage: "float" });
    } finally {
      this.#pool.give(wide);
    }
  }

  /** A float32 number that the host knows, so that a kernel can take it by value. */
  constantOf({ dataId, dtype }: TensorInfo): number | null {
    const { values } = this.#data.get(dataId);
    return values === null || dtype !== "float32" ? null : Number(values[0]);
  }

  /** Memory beside the tensors, for as long as `use` takes to issue its kernels. */
  scratch<T>(bytes: number, use: (pointer: bigint) => T): T {
    const pointer = this.#pool.take(bytes);
    try {
      return use(pointer);
    } finally {
      this.#pool.give(pointer);
    }
  }

  #uploaded(values: Values, storage: Storage, size: number): bigint {
    const pointer = this.#pool.take(size * storageBytes[storage]);
    if (size > 0) this.device.upload(pointer, hostArray[storage].from(values as ArrayLike<number>));
    return pointer;
  }

  #converted(from: bigint, storage: Storage, to: Storage, size: number): bigint {
    const pointer = this.#pool.take(size * storageBytes[to]);
    const { lanes, launch } = flat(size, [storage, to]);
    const defines = { X: storage, Y: to, "F(v)": "v", LANES: lanes };
    this.device.launch("unary", defines, launch, [from, pointer, size]);
    return pointer;
  }

  #readWidened(pointer: bigint, size: number): Values {
    const wide = this.#converted(pointer, "bf16", "float", size);
    const into = new Float32Array(size);
    if (size > 0) this.device.download(into, wide);
    this.#pool.give(wide);
    return into;
  }
}

const hostArray = { float: Float32Array, bf16: Uint16Array, int: Int32Array, bool8: Uint8Array } as const;

export function storageOf(dtype: DataType): Storage {
  if (dtype === "int32") return "int";
  if (dtype === "bool") return "bool8";
  if (dtype === "complex64") throw new DeviceError("--backend cuda: expected real numbers, got complex64");
  return "float";
}

function asTyped(values: Values, dtype: DataType): Values {
  return hostArray[storageOf(dtype)].from(values as ArrayLike<number>) as Values;
}
