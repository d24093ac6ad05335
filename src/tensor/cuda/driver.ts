import { ConfigError, DeviceError, MemoryError } from "../../errors.ts";
import type { Foreign, ForeignFunction, ForeignLibrary, ForeignValue } from "./foreign.ts";

/** What we call of the driver; device addresses are uint64_t, handles void *. */
const declarations = {
  init: "int cuInit(uint32_t flags)",
  driverVersion: "int cuDriverGetVersion(void *version)",
  deviceCount: "int cuDeviceGetCount(void *count)",
  deviceName: "int cuDeviceGetName(void *name, int length, int device)",
  deviceAttribute: "int cuDeviceGetAttribute(void *value, int attribute, int device)",
  retainContext: "int cuDevicePrimaryCtxRetain(void *context, int device)",
  releaseContext: "int cuDevicePrimaryCtxRelease_v2(int device)",
  useContext: "int cuCtxSetCurrent(void *context)",
  createStream: "int cuStreamCreate(void *stream, uint32_t flags)",
  waitForStream: "int cuStreamSynchronize(void *stream)",
  memoryPool: "int cuDeviceGetDefaultMemPool(void *pool, int device)",
  setPoolAttribute: "int cuMemPoolSetAttribute(void *pool, int attribute, void *value)",
  trimPool: "int cuMemPoolTrimTo(void *pool, size_t bytes)",
  memoryInfo: "int cuMemGetInfo_v2(void *free, void *total)",
  allocate: "int cuMemAllocAsync(void *pointer, size_t bytes, void *stream)",
  free: "int cuMemFreeAsync(uint64_t pointer, void *stream)",
  upload: "int cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes, void *stream)",
  download: "int cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, void *stream)",
  copy: "int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, void *stream)",
  loadModule: "int cuModuleLoadData(void *module, const void *image)",
  moduleFunction: "int cuModuleGetFunction(void *function, void *module, const char *name)",
  setFunctionAttribute: "int cuFuncSetAttribute(void *function, int attribute, int value)",
  launch:
    "int cuLaunchKernel(void *function, uint32_t gridX, uint32_t gridY, uint32_t gridZ, uint32_t blockX, uint32_t blockY, uint32_t blockZ, uint32_t sharedBytes, void *stream, void *arguments, void *extra)",
  createEvent: "int cuEventCreate(void *event, uint32_t flags)",
  recordEvent: "int cuEventRecord(void *event, void *stream)",
  queryEvent: "int cuEventQuery(void *event)",
  elapsed: "int cuEventElapsedTime(void *milliseconds, void *start, void *end)",
  destroyEvent: "int cuEventDestroy_v2(void *event)",
} as const;

type Call = keyof typeof declarations;
type Functions = Readonly<Record<Call, ForeignFunction>>;

const success = 0;
const outOfMemory = 2;
const notReady = 600;
/** Of CUdevice_attribute, CUfunction_attribute and CUmemPool_attribute. */
const [computeMajor, computeMinor, maxDynamicSharedBytes, releaseThreshold] = [75, 76, 8, 4];

/** A first use of the driver: its version, and whether there is a card that we can use. */
export interface Driver {
  readonly functions: Functions;
  /** e.g. 13 */
  readonly major: number;
  readonly minor: number;
}

/**
 * Open libcuda and start it.
 *
 * @throws ConfigError  no driver, a driver before CUDA 12, or no card
 */
export function openDriver(foreign: Foreign): Driver {
  let library: ForeignLibrary;
  try {
    library = foreign.load("libcuda.so.1");
  } catch (failure) {
    throw new ConfigError(
      "--backend cuda: expected NVIDIA's driver (libcuda.so.1), got none; install it, or choose another --backend",
      failure,
    );
  }
  const version = new Int32Array(1);
  const [init, driverVersion] = [library.func(declarations.init), library.func(declarations.driverVersion)];
  const started = init(0);
  if (started !== success || driverVersion(version) !== success)
    throw new ConfigError(
      `--backend cuda: expected a driver that starts, got error ${started} from cuInit; is there a card, and does nvidia-smi list it?`,
    );
  const [major, minor] = [Math.floor(version[0]! / 1000), Math.floor((version[0]! % 1000) / 10)];
  if (major < 12)
    throw new ConfigError(
      `--backend cuda: expected a driver for CUDA 12 or later, got one for CUDA ${major}.${minor}; update the driver`,
    );
  return { functions: bindAll(library), major, minor };
}

function bindAll(library: ForeignLibrary): Functions {
  const bound: Partial<Record<Call, ForeignFunction>> = {};
  for (const [call, declaration] of Object.entries(declarations)) {
    try {
      bound[call as Call] = library.func(declaration);
    } catch (failure) {
      const name = /(\w+)\(/.exec(declaration)![1]!;
      throw new ConfigError(`--backend cuda: expected ${name} in the driver, got none; update the driver`, failure);
    }
  }
  return bound as Functions;
}

/**
 * One card's primary context with a stream of ours: everything happens on that stream, in the order of the calls.
 *
 * Every call's result is checked. The driver reports what a kernel did wrong at some later call, so errors name the kernel
 * that was launched last.
 */
export class CudaContext {
  readonly name: string;
  /** e.g. 90 for compute capability 9.0 */
  readonly architecture: number;
  readonly stream: bigint;
  readonly #functions: Functions;
  readonly #pool: bigint;
  readonly #device = 0;
  #lastKernel = "no kernel";

  /** @throws ConfigError  no card, or one without bfloat16 */
  constructor({ functions, major, minor }: Driver) {
    this.#functions = functions;
    const count = new Int32Array(1);
    this.#call("deviceCount", count);
    if (count[0] === 0)
      throw new ConfigError("--backend cuda: expected a card, got none; does CUDA_VISIBLE_DEVICES hide it?");
    const name = new Uint8Array(256);
    this.#call("deviceName", name, name.length, this.#device);
    const card = Buffer.from(name.subarray(0, name.indexOf(0))).toString();
    this.architecture = 10 * this.#attribute(computeMajor) + this.#attribute(computeMinor);
    if (this.architecture < 80)
      throw new ConfigError(
        `--backend cuda: expected a card with bfloat16 (compute capability 8.0, Ampere or later), got ${card} with ${this.architecture / 10}`,
      );
    this.name = `${card}, CUDA ${major}.${minor}`;
    const context = this.#handle("retainContext", this.#device);
    this.#call("useContext", context);
    this.stream = this.#handle("createStream", 1);
    this.#pool = this.#handle("memoryPool", this.#device);
    // freed memory stays with the pool: giving it back to the system would cost a wait at every synchronisation
    this.#call("setPoolAttribute", this.#pool, releaseThreshold, BigUint64Array.of(2n ** 64n - 1n));
  }

  /** @throws MemoryError  the card is full */
  allocate(bytes: number): bigint {
    const pointer = new BigUint64Array(1);
    if (this.#functions.allocate(pointer, bytes, this.stream) === success) return pointer[0]!;
    this.wait();
    this.#call("trimPool", this.#pool, 0);
    const code = this.#functions.allocate(pointer, bytes, this.stream);
    if (code === outOfMemory) throw this.#full(bytes);
    this.#expect("allocate", code);
    return pointer[0]!;
  }

  free(pointer: bigint): void {
    this.#call("free", pointer, this.stream);
  }

  upload(to: bigint, values: ArrayBufferView): void {
    this.#call("upload", to, values, values.byteLength, this.stream);
  }

  download(into: ArrayBufferView, from: bigint): void {
    this.#call("download", into, from, into.byteLength, this.stream);
    this.wait();
  }

  copy(to: bigint, from: bigint, bytes: number): void {
    this.#call("copy", to, from, bytes, this.stream);
  }

  wait(): void {
    this.#call("waitForStream", this.stream);
  }

  /** A function of compiled machine code; it may use `sharedBytes` of shared memory. */
  load(image: Uint8Array, name: string, sharedBytes: number): bigint {
    const module = this.#handle("loadModule", image);
    const loaded = this.#handle("moduleFunction", module, name);
    if (sharedBytes > 48 * 1024) this.#call("setFunctionAttribute", loaded, maxDynamicSharedBytes, sharedBytes);
    return loaded;
  }

  /** @param table  address of the arguments' pointers */
  launch(
    name: string,
    kernel: bigint,
    grid: readonly [number, number, number],
    block: readonly [number, number],
    sharedBytes: number,
    table: bigint,
  ): void {
    this.#lastKernel = name;
    this.#call("launch", kernel, ...grid, ...block, 1, sharedBytes, this.stream, table, null);
  }

  /** A mark in the stream, to wait for or to time between; {@link forget} it. */
  mark(): bigint {
    const event = this.#handle("createEvent", 0);
    this.#call("recordEvent", event, this.stream);
    return event;
  }

  isReached(mark: bigint): boolean {
    const code = this.#functions.queryEvent(mark);
    if (code === notReady) return false;
    this.#expect("queryEvent", code);
    return true;
  }

  /** Milliseconds on the card between two marks that were reached. */
  elapsedMs(start: bigint, end: bigint): number {
    const milliseconds = new Float32Array(1);
    this.#call("elapsed", milliseconds, start, end);
    return milliseconds[0]!;
  }

  forget(mark: bigint): void {
    this.#call("destroyEvent", mark);
  }

  close(): void {
    this.wait();
    this.#call("releaseContext", this.#device);
  }

  #attribute(attribute: number): number {
    const value = new Int32Array(1);
    this.#call("deviceAttribute", value, attribute, this.#device);
    return value[0]!;
  }

  #handle(call: Call, ...args: ForeignValue[]): bigint {
    const handle = new BigUint64Array(1);
    this.#call(call, handle, ...args);
    return handle[0]!;
  }

  #call(call: Call, ...args: ForeignValue[]): void {
    this.#expect(call, this.#functions[call](...args));
  }

  #expect(call: Call, code: number): void {
    if (code === success) return;
    const name = /(\w+)\(/.exec(declarations[call])![1]!;
    const error = errorNames.get(code) ?? `error ${code}`;
    throw new DeviceError(
      `${name}: expected success, got ${error} after kernel ${this.#lastKernel}; finished steps are ` +
        "kept, so the same command goes on from there; if it fails again, see what else uses the card (nvidia-smi)",
    );
  }

  #full(bytes: number): MemoryError {
    const [free, total] = [new BigUint64Array(1), new BigUint64Array(1)];
    this.#call("memoryInfo", free, total);
    const gib = (n: number | bigint): string => (Number(n) / 2 ** 30).toFixed(1);
    return new MemoryError(
      `card memory: expected ${gib(bytes)} GiB more, got ${gib(free[0]!)} of ${gib(total[0]!)} GiB free; use fewer rows ` +
        "at once (--batch), or see what else is on the card (nvidia-smi)",
    );
  }
}

/** The driver's words for the errors that a run may well meet. */
const errorNames = new Map([
  [1, "CUDA_ERROR_INVALID_VALUE"],
  [2, "CUDA_ERROR_OUT_OF_MEMORY"],
  [46, "CUDA_ERROR_DEVICE_UNAVAILABLE (another process holds the card)"],
  [100, "CUDA_ERROR_NO_DEVICE"],
  [209, "CUDA_ERROR_NO_BINARY_FOR_GPU"],
  [214, "CUDA_ERROR_ECC_UNCORRECTABLE"],
  [700, "CUDA_ERROR_ILLEGAL_ADDRESS"],
  [701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"],
  [702, "CUDA_ERROR_LAUNCH_TIMEOUT"],
  [716, "CUDA_ERROR_MISALIGNED_ADDRESS"],
  [719, "CUDA_ERROR_LAUNCH_FAILED"],
  [999, "CUDA_ERROR_UNKNOWN"],
]);
