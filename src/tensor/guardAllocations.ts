import * as tf from "@tensorflow/tfjs-core";
import type { DataType, KernelBackend } from "@tensorflow/tfjs-core";
import type { MemoryBudget } from "./memoryBudget.ts";

/**
 * Check allocations of a backend other than wasm against a budget, at the point where each tensor's storage is made.
 *
 * The tensor layer asks its backend for storage by `write` (host values and kernel outputs of cpu, webgpu and
 * tensorflow) or by `move`; both are wrapped. What a driver allocates beside the tensors is not counted.
 */
export function guardAllocations(
  backend: Pick<KernelBackend, "write" | "move" | "disposeData">,
  budget: MemoryBudget,
): void {
  const sizes = new WeakMap<object, number>();
  const write = backend.write.bind(backend);
  const move = backend.move.bind(backend);
  const dispose = backend.disposeData.bind(backend);
  const bytesOf = (shape: number[], dtype: DataType): number =>
    dtype === "string" ? 0 : tf.util.sizeFromShape(shape) * tf.util.bytesPerElement(dtype);

  backend.write = (values, shape, dtype) => {
    const bytes = bytesOf(shape, dtype);
    budget.reserve(bytes);
    const dataId = write(values, shape, dtype);
    sizes.set(dataId, bytes);
    return dataId;
  };
  backend.move = (dataId, values, shape, dtype, refCount) => {
    const bytes = bytesOf(shape, dtype);
    budget.reserve(bytes);
    sizes.set(dataId, bytes);
    move(dataId, values, shape, dtype, refCount);
  };
  backend.disposeData = (dataId, force) => {
    const gone = dispose(dataId, force);
    if (gone) {
      budget.release(sizes.get(dataId) ?? 0);
      sizes.delete(dataId);
    }
    return gone;
  };
}
