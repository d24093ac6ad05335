import { BufferManager } from "@tensorflow/tfjs-backend-webgpu/dist/buffer_manager.js";
import type { WebGpuBackend } from "../../../src/tensor/webgpu/webgpuBackend.ts";

/** A buffer of a device that is not there: counted, and with real bytes only where it is mapped. */
export class FakeBuffer {
  readonly size: number;
  readonly usage: number;
  readonly bytes: ArrayBuffer | null;
  destroyed = false;

  constructor({ size, usage, mappedAtCreation }: { size: number; usage: number; mappedAtCreation: boolean }) {
    this.size = size;
    this.usage = usage;
    this.bytes = mappedAtCreation ? new ArrayBuffer(size) : null;
  }

  getMappedRange(): ArrayBuffer {
    return this.bytes!;
  }
  unmap(): void {}
  destroy(): void {
    this.destroyed = true;
  }
}

export class FakeDevice {
  readonly made: FakeBuffer[] = [];

  createBuffer(description: { size: number; usage: number; mappedAtCreation: boolean }): FakeBuffer {
    const buffer = new FakeBuffer(description);
    this.made.push(buffer);
    return buffer;
  }
}

type Pool = Omit<WebGpuBackend["bufferManager"], "acquireBuffer"> & {
  acquireBuffer(size: number, usage: number): FakeBuffer;
  releaseBuffer(buffer: FakeBuffer): void;
};

/** tf.js' own pool of buffers, on a device that is not there. */
export function poolOf(device: FakeDevice): Pool {
  return new BufferManager(device as unknown as GPUDevice) as unknown as Pool;
}
