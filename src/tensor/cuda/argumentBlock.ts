import { ShapeError } from "../../errors.ts";
import type { KernelSource } from "./kernelSource.ts";

/** A kernel's argument: a device address, a number, or the six numbers of a Dims. */
export type Argument = bigint | number | readonly number[];

/** Bytes for the arguments themselves; the table of pointers to them follows. */
const valueBytes = 1024;
const mostArguments = 64;
/** Bytes that {@link ArgumentBlock} needs. */
export const blockBytes = valueBytes + 8 * mostArguments;

/**
 * One launch's arguments, laid out as cuLaunchKernel reads them: values, and a table of pointers to them.
 *
 *     [value 0 | value 1 | ... | &value 0 | &value 1 | ...]        each value at a multiple of 8 bytes
 *
 * The driver copies the values during the call, so one block serves every launch.
 */
export class ArgumentBlock {
  /** address of the table */
  readonly table: bigint;
  readonly #address: bigint;
  readonly #view: DataView;

  /**
   * @param memory   `blockBytes` bytes that foreign code can read
   * @param address  where they are
   */
  constructor(memory: ArrayBuffer, address: bigint) {
    this.#view = new DataView(memory);
    this.#address = address;
    this.table = address + BigInt(valueBytes);
  }

  /** @throws ShapeError  other arguments than the kernel's own text declares */
  pack({ name, parameters }: KernelSource, args: readonly Argument[]): void {
    if (args.length !== parameters.length)
      throw new ShapeError(`kernel ${name}: expected ${parameters.length} arguments, got ${args.length}`);
    let at = 0;
    for (const [i, type] of parameters.entries()) {
      const value = args[i]!;
      this.#view.setBigUint64(valueBytes + 8 * i, this.#address + BigInt(at), true);
      if (type === "pointer" && typeof value === "bigint") this.#view.setBigUint64(at, value, true);
      else if (type === "float" && typeof value === "number") this.#view.setFloat32(at, value, true);
      else if (type === "int" && isInteger(value, 2 ** 31)) this.#view.setInt32(at, value, true);
      else if (type === "long long" && isInteger(value, 2 ** 53)) this.#view.setBigInt64(at, BigInt(value), true);
      else if (type === "Dims" && Array.isArray(value)) at = this.#packDims(name, value, at) - 8;
      else throw new ShapeError(`kernel ${name}: expected a ${type} as argument ${i}, got ${String(value)}`);
      at += 8;
    }
  }

  #packDims(kernel: string, values: readonly number[], at: number): number {
    if (values.length !== 6 || !values.every((value) => isInteger(value, 2 ** 31)))
      throw new ShapeError(`kernel ${kernel}: expected six 32-bit numbers, got ${values.join()}`);
    values.forEach((value, d) => this.#view.setInt32(at + 4 * d, value, true));
    return at + 24;
  }
}

function isInteger(value: Argument, limit: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= -limit && value < limit;
}
