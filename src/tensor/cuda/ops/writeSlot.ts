import { reshaped, type Operation } from "./operation.ts";
import { threadsPerBlock } from "./flat.ts";

/** Write one vector per row and head into a cache, in place; see writeSlotKernel. */
export const writeSlot: Operation = (backend, inputs, attrs) => {
  const [cache, value, slot] = [inputs["cache"]!, inputs["value"]!, inputs["slot"]!];
  const [B, H, Dh] = value.shape as [number, number, number];
  const from = backend.array(value);
  const to = backend.mutableArray(cache);
  const defines = { X: from.storage, Y: to.storage, SLOT_AXIS: attrs["slotAxis"] as number };
  backend.device.launch("writeSlot", defines, { grid: [B], block: [threadsPerBlock] }, [
    from.pointer,
    backend.array(slot).pointer,
    to.pointer,
    H,
    Dh,
    slot.shape[1]!,
  ]);
  return [reshaped(backend, cache, cache.shape)];
};
