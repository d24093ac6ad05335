import { DeviceError } from "../../errors.ts";
import type { Product, Storage } from "./device.ts";
import type { ForeignFunction, ForeignLibrary } from "./foreign.ts";

const declarations = {
  create: "int cublasCreate_v2(void *handle)",
  version: "int cublasGetVersion_v2(void *handle, void *version)",
  setStream: "int cublasSetStream_v2(void *handle, void *stream)",
  setWorkspace: "int cublasSetWorkspace_v2(void *handle, uint64_t workspace, size_t bytes)",
  setMathMode: "int cublasSetMathMode(void *handle, int mode)",
  multiply:
    "int cublasGemmStridedBatchedEx(void *handle, int transA, int transB, int m, int n, int k, const void *alpha, uint64_t A, int typeA, int lda, int64_t strideA, uint64_t B, int typeB, int ldb, int64_t strideB, const void *beta, uint64_t C, int typeC, int ldc, int64_t strideC, int batch, int compute, int algorithm)",
  destroy: "int cublasDestroy_v2(void *handle)",
} as const;

/** Of cudaDataType_t and cublasComputeType_t. The pedantic type computes float32 as such: no TF32, whatever the environment asks for. */
const dataType: Readonly<Partial<Record<Storage, number>>> = { float: 0, bf16: 14 };
const [compute32, compute32Pedantic] = [68, 69];
const defaultAlgorithm = -1;
/** Sums that are split over blocks are added in float32 too, also where the result is bfloat16. */
const noReducedPrecisionReduction = 16;

/** Bytes that cuBLAS may use beside the operands; what NVIDIA advises for Hopper. */
export const workspaceBytes = 32 * 2 ** 20;

const [one, zero] = [Float32Array.of(1), Float32Array.of(0)];

/** NVIDIA's matrix products, on one stream. */
export class Cublas {
  /** e.g. `13.0.2` */
  readonly version: string;
  readonly #functions: Readonly<Record<keyof typeof declarations, ForeignFunction>>;
  readonly #handle: bigint;

  /** @param workspace  address of `workspaceBytes` bytes: with a fixed one, equal products give equal bits */
  constructor(library: ForeignLibrary, stream: bigint, workspace: bigint) {
    const bound = Object.entries(declarations).map(([name, declaration]) => [name, library.func(declaration)]);
    this.#functions = Object.fromEntries(bound) as Readonly<Record<keyof typeof declarations, ForeignFunction>>;
    const handle = new BigUint64Array(1);
    this.#expect("create", this.#functions.create(handle));
    this.#handle = handle[0]!;
    const version = new Int32Array(1);
    this.#expect("version", this.#functions.version(this.#handle, version));
    const v = version[0]!;
    this.version = `${Math.floor(v / 10000)}.${Math.floor((v % 10000) / 100)}.${v % 100}`;
    this.#expect("setStream", this.#functions.setStream(this.#handle, stream));
    this.#expect("setWorkspace", this.#functions.setWorkspace(this.#handle, workspace, workspaceBytes));
    this.#expect("setMathMode", this.#functions.setMathMode(this.#handle, noReducedPrecisionReduction));
  }

  /**
   * One product, or as many as the batch has.
   *
   * cuBLAS counts columns first, where a row-major matrix is its transpose: C^T = op(B)^T · op(A)^T.
   *
   * @throws DeviceError  with cuBLAS's status
   */
  multiply({ M, N, K, a, b, c, batch, accumulates }: Product): void {
    const isFloat = a.storage === "float" && b.storage === "float";
    const status = this.#functions.multiply(
      this.#handle,
      Number(b.transposed),
      Number(a.transposed),
      N,
      M,
      K,
      one,
      b.pointer,
      dataType[b.storage]!,
      b.transposed ? K : N,
      b.stride,
      a.pointer,
      dataType[a.storage]!,
      a.transposed ? M : K,
      a.stride,
      accumulates ? one : zero,
      c.pointer,
      dataType[c.storage]!,
      N,
      M * N,
      batch,
      isFloat ? compute32Pedantic : compute32,
      defaultAlgorithm,
    );
    if (status !== 0)
      throw new DeviceError(
        `cublasGemmStridedBatchedEx: expected success, got status ${status} for [${M}, ${K}] · [${K}, ${N}] x ${batch} ` +
          `in ${a.storage}, ${b.storage} and ${c.storage}`,
      );
  }

  close(): void {
    this.#expect("destroy", this.#functions.destroy(this.#handle));
  }

  #expect(call: keyof typeof declarations, status: number): void {
    const name = /(\w+)\(/.exec(declarations[call])![1]!;
    if (status !== 0)
      throw new DeviceError(`${name}: expected success, got status ${status}; is the card's memory full (nvidia-smi)?`);
  }
}
