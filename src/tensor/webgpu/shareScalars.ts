import type { WebGpuBackend } from "./webgpuBackend.ts";

/** STORAGE | COPY_SRC | COPY_DST */
const usage = 0x80 | 0x4 | 0x8;
const mostScalars = 4096;

/**
 * Upload each scalar constant once, webgpu only.
 *
 * tf.js uploads the 1 of `tf.add(x, 1)` anew at each call: a new buffer and the end of the compute pass, several times the
 * cost of the addition. Kernels never write to their inputs, so one buffer serves every tensor that holds the same number.
 */
export function shareScalars(backend: Pick<WebGpuBackend, "device" | "tensorMap" | "uploadToGPU">): void {
  const shared = new Map<number, object>();
  const upload = backend.uploadToGPU.bind(backend);
  backend.uploadToGPU = (dataId) => {
    const data = backend.tensorMap.get(dataId);
    const value =
      (data.resource ?? null) === null && data.dtype === "float32" && data.values?.length === 1
        ? data.values[0]
        : undefined;
    if (typeof value !== "number" || Object.is(value, -0)) return upload(dataId);
    const known = shared.get(value);
    if (known === undefined && shared.size >= mostScalars) return upload(dataId);
    const buffer = known ?? constantBuffer(backend, value);
    shared.set(value, buffer);
    data.resource = buffer;
    data.external = true;
    data.values = null;
  };
}

function constantBuffer(backend: Pick<WebGpuBackend, "device">, value: number): object {
  const buffer = backend.device.createBuffer({ size: 4, usage, mappedAtCreation: true });
  new Float32Array(buffer.getMappedRange())[0] = value;
  buffer.unmap();
  return buffer;
}
