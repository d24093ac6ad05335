import { setImmediate, setTimeout } from "node:timers/promises";
import { ArgumentBlock, blockBytes, type Argument } from "./argumentBlock.ts";
import { Cublas, workspaceBytes } from "./cublas.ts";
import type { Device, Launch, Product } from "./device.ts";
import { CudaContext, openDriver } from "./driver.ts";
import type { Foreign } from "./foreign.ts";
import { machineCode } from "./kernelCache.ts";
import { kernelSource, type Defines, type KernelSource } from "./kernelSource.ts";
import { libraryFolders, openBeside, openLibrary, type LibraryPlaces } from "./libraries.ts";
import { Nvrtc } from "./nvrtc.ts";

interface Compiled {
  readonly source: KernelSource;
  readonly kernel: bigint;
}

/** Polls of the event loop before the wait for the card starts to sleep. */
const eagerPolls = 200;

/** The first card, through the driver, NVRTC and cuBLAS. */
export class CardDevice implements Device {
  readonly name: string;
  /** versions of what computes, for manifests */
  readonly libraries: Readonly<Record<"nvrtc" | "cublas", string>>;
  readonly context: CudaContext;
  readonly #nvrtc: Nvrtc;
  readonly #cublas: Cublas;
  readonly #cacheFolder: string;
  readonly #block: ArgumentBlock;
  readonly #compiled = new Map<string, Compiled>();

  /**
   * @param cacheFolder  where compiled kernels are kept
   * @throws ConfigError  no driver, card or library that can be used; it says what to do
   */
  constructor(foreign: Foreign, places: LibraryPlaces, cacheFolder: string) {
    const driver = openDriver(foreign);
    const folders = libraryFolders(places);
    const nvrtc = openLibrary(foreign, "nvrtc", folders, driver.major);
    openBeside(foreign, nvrtc, "libnvrtc-builtins.so");
    openLibrary(foreign, "cublasLt", folders, driver.major); // which libcublas asks for
    const cublas = openLibrary(foreign, "cublas", folders, driver.major);
    this.context = new CudaContext(driver);
    this.name = this.context.name;
    this.#nvrtc = new Nvrtc(nvrtc.library);
    this.#cublas = new Cublas(cublas.library, this.context.stream, this.context.allocate(workspaceBytes));
    this.libraries = { nvrtc: this.#nvrtc.version, cublas: this.#cublas.version };
    this.#cacheFolder = cacheFolder;
    const { view, address } = foreign.allocate(blockBytes);
    this.#block = new ArgumentBlock(view, address);
  }

  allocate(bytes: number): bigint {
    return this.context.allocate(bytes);
  }

  free(pointer: bigint): void {
    this.context.free(pointer);
  }

  upload(to: bigint, values: ArrayBufferView): void {
    this.context.upload(to, values);
  }

  download(into: ArrayBufferView, from: bigint): void {
    this.context.download(into, from);
  }

  copy(to: bigint, from: bigint, bytes: number): void {
    this.context.copy(to, from, bytes);
  }

  launch(name: string, defines: Defines, { grid, block, sharedBytes = 0 }: Launch, args: readonly Argument[]): void {
    const { source, kernel } = this.#kernel(name, defines, sharedBytes);
    this.#block.pack(source, args);
    const [x, y = 1, z = 1] = grid;
    this.context.launch(name, kernel, [x, y, z], [block[0], block[1] ?? 1], sharedBytes, this.#block.table);
  }

  multiply(product: Product): void {
    this.#cublas.multiply(product);
  }

  async finished(): Promise<void> {
    const mark = this.context.mark();
    for (let polls = 0; !this.context.isReached(mark); polls++) {
      if (polls < eagerPolls) await setImmediate();
      else await setTimeout(1);
    }
    this.context.forget(mark);
  }

  close(): void {
    this.#cublas.close();
    this.context.close();
  }

  #kernel(name: string, defines: Defines, sharedBytes: number): Compiled {
    let key = name;
    for (const define in defines) key += ` ${define}=${defines[define]}`;
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const source = kernelSource(name, defines);
    const image = machineCode(this.#nvrtc, source, this.context.architecture, this.#cacheFolder);
    const compiled = { source, kernel: this.context.load(image, name, sharedBytes) };
    this.#compiled.set(key, compiled);
    return compiled;
  }
}
