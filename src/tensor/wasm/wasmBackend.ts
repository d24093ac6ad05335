import type { backend_util, DataType, KernelBackend, TensorInfo } from "@tensorflow/tfjs-core";
import { ConfigError } from "../../errors.ts";

type DataId = TensorInfo["dataId"];

/** The internals of tfjs-backend-wasm 4.22.0 that we build on. */
export interface WasmBackend extends KernelBackend {
  dataIdNextNumber: number;
  readonly wasm: {
    _malloc(bytes: number): number;
    _free(offset: number): void;
    cwrap(name: string, result: null, types: string[]): (...args: (number | Uint8Array)[]) => void;
    readonly tfjs: {
      registerTensor(id: number, size: number, offset: number): void;
      disposeData(id: number): void;
    };
  };
  getMemoryOffset(dataId: DataId): number;
  typedArrayFromHeap(info: TensorInfo): Float32Array | Int32Array | Uint8Array;
  makeOutput(shape: number[], dtype: DataType, offset?: number, values?: backend_util.BackendValues): TensorInfo;
  disposeData(dataId: DataId, force?: boolean): boolean;
}

/** @throws ConfigError when the wasm backend is not the version whose internals we know */
export function expectWasmBackend(backend: object): WasmBackend {
  if (isWasmBackend(backend)) return backend;
  throw new ConfigError(
    "wasm backend: expected the internals of @tensorflow/tfjs-backend-wasm 4.22.0; reinstall with npm ci",
  );
}

function isWasmBackend(backend: object): backend is WasmBackend {
  return "wasm" in backend && "dataIdNextNumber" in backend && "makeOutput" in backend && "getMemoryOffset" in backend;
}
