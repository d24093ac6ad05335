/** A function of a shared library. Addresses travel as bigint, memory as typed arrays. */
export type ForeignFunction = (...args: ForeignValue[]) => number;
export type ForeignValue = number | bigint | string | null | ArrayBufferView | readonly string[];

/** A shared library: functions by their C declaration. */
export interface ForeignLibrary {
  func(declaration: string): ForeignFunction;
}

/** Memory that foreign code reads while we write to it. */
export interface ForeignMemory {
  readonly view: ArrayBuffer;
  readonly address: bigint;
}

/** The border to native code; tests put fakes here. */
export interface Foreign {
  /** @throws  the loader's own complaint when there is no such library */
  load(path: string): ForeignLibrary;
  allocate(bytes: number): ForeignMemory;
}

/** Foreign calls through koffi. */
export async function koffiForeign(): Promise<Foreign> {
  const { default: koffi } = await import("koffi");
  return {
    load: (path) => koffi.load(path) as unknown as ForeignLibrary,
    allocate: (bytes) => {
      const memory = koffi.alloc("uint8_t", bytes);
      return { view: koffi.view(memory, bytes), address: BigInt(koffi.address(memory)) };
    },
  };
}
