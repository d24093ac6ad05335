import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import koffi from "koffi";
import { ArgumentBlock, blockBytes, type Argument } from "../../../src/tensor/cuda/argumentBlock.ts";
import type { Device, Launch, Product, Storage } from "../../../src/tensor/cuda/device.ts";
import { kernelSource, type Defines, type KernelSource } from "../../../src/tensor/cuda/kernelSource.ts";

const header = readFileSync(new URL("./hostCuda.h", import.meta.url), "utf8");
const runtime = readFileSync(new URL("./hostRuntime.cpp", import.meta.url), "utf8");
const folder = join(tmpdir(), "vhack-host-kernels");

/** Whether this machine can compile kernels for the host. */
export const hasCompiler = spawnSync("g++", ["--version"]).status === 0;

interface Compiled {
  readonly source: KernelSource;
  readonly run: (grid: Uint32Array, block: Uint32Array, table: bigint, flags: number) => number;
}

/**
 * A device made of this machine's processor: the kernels' own text, compiled by g++, over ordinary memory.
 *
 * New memory is full of NaN, so a number that no kernel wrote shows; writing past an allocation throws when it is freed.
 */
export class HostDevice implements Device {
  readonly name = "kernels on the host";
  /** run each block's threads in the opposite order */
  backwards = false;
  /** a change to a kernel's text: what a law must notice */
  edit: KernelEdit | null = null;
  readonly #runtime = koffi.load(library("runtime", `${header}\n${runtime}`));
  readonly #allocate = this.#runtime.func("uint64_t hostAllocate(uint64_t bytes)");
  readonly #free = this.#runtime.func("int hostFree(uint64_t pointer)");
  readonly #copy = this.#runtime.func("void hostCopy(uint64_t to, uint64_t from, uint64_t bytes)");
  readonly #upload = this.#runtime.func("void hostUpload(uint64_t to, const void *from, uint64_t bytes)");
  readonly #download = this.#runtime.func("void hostDownload(void *to, uint64_t from, uint64_t bytes)");
  readonly #multiply = this.#runtime.func(
    "void hostMultiply(const int64_t *shape, uint64_t a, int aBf16, uint64_t b, int bBf16, uint64_t c, int cBf16)",
  );
  readonly #compiled = new Map<string, Compiled>();
  readonly #memory = koffi.alloc("uint8_t", blockBytes);
  readonly #block = new ArgumentBlock(koffi.view(this.#memory, blockBytes), BigInt(koffi.address(this.#memory)));

  allocate(bytes: number): bigint {
    return BigInt(this.#allocate(bytes) as number | bigint);
  }

  free(pointer: bigint): void {
    if ((this.#free(pointer) as number) !== 0) throw new Error("a kernel wrote past the end of an allocation");
  }

  upload(to: bigint, values: ArrayBufferView): void {
    this.#upload(to, values, values.byteLength);
  }

  download(into: ArrayBufferView, from: bigint): void {
    this.#download(into, from, into.byteLength);
  }

  copy(to: bigint, from: bigint, bytes: number): void {
    this.#copy(to, from, bytes);
  }

  launch(name: string, defines: Defines, { grid, block }: Launch, args: readonly Argument[]): void {
    const { source, run } = this.#kernel(name, defines);
    this.#block.pack(source, args);
    const flags = Number(source.hasBarriers) + 2 * Number(this.backwards);
    const failure = run(
      Uint32Array.of(grid[0], grid[1] ?? 1, grid[2] ?? 1),
      Uint32Array.of(block[0], block[1] ?? 1),
      this.#block.table,
      flags,
    );
    if (failure !== 0)
      throw new Error(`kernel ${name}: ${failure === 1 ? "a barrier that not all threads reach" : "block too large"}`);
  }

  multiply({ M, N, K, a, b, c, batch, accumulates }: Product): void {
    const shape = [M, N, K, batch, Number(a.transposed), a.stride, Number(b.transposed), b.stride, Number(accumulates)];
    const isBf16 = (storage: Storage): number => Number(storage === "bf16");
    this.#multiply(
      BigInt64Array.from(shape, BigInt),
      a.pointer,
      isBf16(a.storage),
      b.pointer,
      isBf16(b.storage),
      c.pointer,
      isBf16(c.storage),
    );
  }

  async finished(): Promise<void> {}

  close(): void {}

  #kernel(name: string, defines: Defines): Compiled {
    const edit = this.edit?.kernel === name ? this.edit : null;
    const key = `${name} ${JSON.stringify([defines, edit])}`;
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const compiled = compileForHost(edited(kernelSource(name, defines), edit));
    this.#compiled.set(key, compiled);
    return compiled;
  }
}

/** One place in a kernel's text, or in a header's as it includes it, written otherwise. */
export interface KernelEdit {
  readonly kernel: string;
  readonly from: string;
  readonly to: string;
}

function edited(source: KernelSource, edit: KernelEdit | null): KernelSource {
  if (edit === null) return source;
  if (!source.text.includes(edit.from)) throw new Error(`kernel ${edit.kernel}: no "${edit.from}" to edit`);
  return { ...source, text: source.text.replace(edit.from, edit.to) };
}

/** A kernel's text, or a mutant of it, as a function of grid, block and arguments. */
export function compileForHost(source: KernelSource): Compiled {
  const entry = `
thread_local unsigned char sharedBytes[232448] __attribute__((aligned(128)));
extern "C" int run(const unsigned* grid, const unsigned* block, uint64_t table, int flags) {
  return host::launch([](void** a) { host::call(${source.name}, a); }, grid, block, (void**)table, flags);
}`;
  const loaded = koffi.load(library(source.name, `${header}\n${source.text}\n${entry}`));
  const run = loaded.func("int run(const uint32_t *grid, const uint32_t *block, uint64_t table, int flags)");
  return { source, run: run as Compiled["run"] };
}

/** Compile once; later processes find the library by its text. */
function library(name: string, text: string): string {
  const path = join(folder, `${name}-${createHash("sha256").update(text).digest("hex").slice(0, 20)}`);
  if (existsSync(`${path}.so`)) return `${path}.so`;
  mkdirSync(folder, { recursive: true });
  const own = `${path}.${process.pid}`;
  writeFileSync(`${own}.cpp`, text);
  const flags = ["-O2", "-fno-strict-aliasing", "-ffp-contract=off", "-shared", "-fPIC", "-U_FORTIFY_SOURCE", "-w"];
  const { status, stderr } = spawnSync("g++", [...flags, "-o", `${own}.so`, `${own}.cpp`], { encoding: "utf8" });
  if (status !== 0) throw new Error(`g++ ${own}.cpp: ${stderr}`);
  renameSync(`${own}.so`, `${path}.so`);
  return `${path}.so`;
}
