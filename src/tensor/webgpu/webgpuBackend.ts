import type { TensorInfo } from "@tensorflow/tfjs-core";
import { ConfigError } from "../../errors.ts";

/** A buffer on the device. */
export interface DeviceBuffer {
  readonly size: number;
  getMappedRange(): ArrayBuffer;
  unmap(): void;
  destroy(): void;
}

/** The internals of tfjs-backend-webgpu 4.22.0 that we build on. */
export interface WebGpuBackend {
  readonly device: {
    createBuffer(description: { size: number; usage: number; mappedAtCreation: boolean }): DeviceBuffer;
  };
  readonly tensorMap: {
    get(dataId: TensorInfo["dataId"]): {
      readonly dtype: string;
      values: ArrayLike<unknown> | null;
      resource?: object | null;
      /** a resource that the backend must not take back into its pool */
      external?: boolean;
    };
  };
  readonly bufferManager: {
    /** buffers to be used again, by size and usage */
    readonly freeBuffers: Map<string, DeviceBuffer[]>;
    numFreeBuffers: number;
    numBytesUsed: number;
    numBytesAllocated: number;
    acquireBuffer(size: number, usage: number, mappedAtCreation?: boolean, reuse?: boolean): DeviceBuffer;
  };
  uploadToGPU(dataId: TensorInfo["dataId"]): void;
}

/** @throws ConfigError when the webgpu backend is not the version whose internals we know */
export function expectWebGpuBackend(backend: object): WebGpuBackend {
  if (isWebGpuBackend(backend)) return backend;
  throw new ConfigError(
    "webgpu backend: expected the internals of @tensorflow/tfjs-backend-webgpu 4.22.0; reinstall with npm ci",
  );
}

function isWebGpuBackend(backend: object): backend is WebGpuBackend {
  return "device" in backend && "tensorMap" in backend && "bufferManager" in backend && "uploadToGPU" in backend;
}
