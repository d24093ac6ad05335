import type { Argument } from "./argumentBlock.ts";
import type { Defines } from "./kernelSource.ts";

/** How numbers lie in device memory. A tensor of tf.js's float32 may be stored as bfloat16. */
export type Storage = "float" | "bf16" | "int" | "bool8";

export const storageBytes: Readonly<Record<Storage, number>> = { float: 4, bf16: 2, int: 4, bool8: 1 };

/** An array in device memory, row-major. */
export interface DeviceArray {
  readonly pointer: bigint;
  readonly storage: Storage;
}

/** Blocks in a grid and threads in a block, each in up to two or three directions. */
export interface Launch {
  readonly grid: readonly [x: number, y?: number, z?: number];
  readonly block: readonly [x: number, y?: number];
  /** bytes of shared memory that the kernel sizes itself */
  readonly sharedBytes?: number;
}

/**
 * C[g] = op(A[g]) · op(B[g]) (+ C[g]), float32 accumulation.
 *
 *     op(A) [M, K],  op(B) [K, N],  C [M, N],  row-major,  op = identity or transpose,  g < batch
 */
export interface Product {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly a: Operand;
  readonly b: Operand;
  readonly c: DeviceArray;
  readonly batch: number;
  /** add to what C holds instead of overwriting it */
  readonly accumulates: boolean;
}

export interface Operand extends DeviceArray {
  readonly transposed: boolean;
  /** numbers from one matrix to the next, 0 where all products share one */
  readonly stride: number;
}

/**
 * What the backend asks of a card. All calls are ordered: each sees what the calls before it did.
 *
 * The card itself is CardDevice; the tests run the same kernels' text on the host.
 */
export interface Device {
  /** for messages and manifests, e.g. `NVIDIA H100 80GB HBM3, driver 13.0` */
  readonly name: string;
  /** @throws MemoryError  the card has no more */
  allocate(bytes: number): bigint;
  free(pointer: bigint): void;
  upload(to: bigint, values: ArrayBufferView): void;
  /** Waits for all work before it. */
  download(into: ArrayBufferView, from: bigint): void;
  copy(to: bigint, from: bigint, bytes: number): void;
  /** @param name  of a file in kernels/ */
  launch(name: string, defines: Defines, launch: Launch, args: readonly Argument[]): void;
  multiply(product: Product): void;
  /** Resolves when all work before the call is done; the event loop stays free. */
  finished(): Promise<void>;
  close(): void;
}
