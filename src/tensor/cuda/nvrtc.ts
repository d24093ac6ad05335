import { DeviceError } from "../../errors.ts";
import type { ForeignFunction, ForeignLibrary } from "./foreign.ts";
import type { KernelSource } from "./kernelSource.ts";

const declarations = {
  version: "int nvrtcVersion(void *major, void *minor)",
  create:
    "int nvrtcCreateProgram(void *program, const char *source, const char *name, int headers, void *headerTexts, void *headerNames)",
  compile: "int nvrtcCompileProgram(void *program, int count, const char **options)",
  imageSize: "int nvrtcGetCUBINSize(void *program, void *bytes)",
  image: "int nvrtcGetCUBIN(void *program, void *image)",
  logSize: "int nvrtcGetProgramLogSize(void *program, void *bytes)",
  log: "int nvrtcGetProgramLog(void *program, void *log)",
  destroy: "int nvrtcDestroyProgram(void *program)",
} as const;

/** NVIDIA's run-time compiler. */
export class Nvrtc {
  /** e.g. `13.0`; machine code differs between versions */
  readonly version: string;
  readonly #functions: Readonly<Record<keyof typeof declarations, ForeignFunction>>;

  constructor(library: ForeignLibrary) {
    const bound = Object.entries(declarations).map(([name, declaration]) => [name, library.func(declaration)]);
    this.#functions = Object.fromEntries(bound) as Readonly<Record<keyof typeof declarations, ForeignFunction>>;
    const [major, minor] = [new Int32Array(1), new Int32Array(1)];
    this.#expect("version", this.#functions.version(major, minor), "");
    this.version = `${major[0]}.${minor[0]}`;
  }

  /**
   * Machine code for one architecture, as cuModuleLoadData takes it.
   *
   * @param architecture  10 times the compute capability, e.g. 90
   * @throws DeviceError  with the compiler's own messages
   */
  compile({ name, text }: KernelSource, architecture: number): Uint8Array {
    const handle = new BigUint64Array(1);
    this.#expect("create", this.#functions.create(handle, text, `${name}.cu`, 0, null, null), name);
    const program = handle[0]!;
    try {
      const options = [`--gpu-architecture=sm_${architecture}`, "--std=c++17"];
      if (this.#functions.compile(program, options.length, options) !== 0)
        throw new DeviceError(
          `kernel ${name}: expected NVRTC ${this.version} to compile it, got\n${this.#log(program)}`,
        );
      return this.#bytes(program, "imageSize", "image", name);
    } finally {
      this.#functions.destroy(handle);
    }
  }

  #log(program: bigint): string {
    return Buffer.from(this.#bytes(program, "logSize", "log", ""))
      .toString()
      .replace(/\0$/, "");
  }

  #bytes(program: bigint, size: "imageSize" | "logSize", read: "image" | "log", name: string): Uint8Array {
    const bytes = new BigUint64Array(1);
    this.#expect(size, this.#functions[size](program, bytes), name);
    const found = new Uint8Array(Number(bytes[0]!));
    this.#expect(read, this.#functions[read](program, found), name);
    return found;
  }

  #expect(call: keyof typeof declarations, code: number, name: string): void {
    const said = /(\w+)\(/.exec(declarations[call])![1]!;
    if (code !== 0) throw new DeviceError(`${said}: expected success, got error ${code} for kernel ${name}`);
  }
}
