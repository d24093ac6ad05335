import type { WebGpuBackend } from "./webgpuBackend.ts";

/** Free bytes that are always tolerated. */
const tolerated = 2 ** 30;

/**
 * Give free buffers back to the driver when they outgrow the used ones by half, webgpu only.
 *
 * tf.js keeps every buffer for the next tensor of exactly that size, for ever. Batches of ragged rows and growing caches
 * ask for new sizes all the time, so device memory would fill with buffers that nothing fits.
 */
export function boundBufferPool(backend: Pick<WebGpuBackend, "bufferManager">): void {
  const pool = backend.bufferManager;
  const acquire = pool.acquireBuffer.bind(pool);
  pool.acquireBuffer = (size, usage, mappedAtCreation, reuse) => {
    const fits = (pool.freeBuffers.get(`${size}_${usage}`)?.length ?? 0) > 0;
    if (!fits && pool.numBytesAllocated - pool.numBytesUsed > Math.max(tolerated, pool.numBytesUsed / 2)) empty(pool);
    return acquire(size, usage, mappedAtCreation, reuse);
  };
}

function empty(pool: WebGpuBackend["bufferManager"]): void {
  for (const buffers of pool.freeBuffers.values()) {
    for (const buffer of buffers) {
      pool.numBytesAllocated -= buffer.size;
      buffer.destroy();
    }
    pool.numFreeBuffers -= buffers.length;
    buffers.length = 0;
  }
}
