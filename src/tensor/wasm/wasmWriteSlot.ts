import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { OwnKernel } from "../kernelOr.ts";
import type { WasmBackend } from "./wasmBackend.ts";

/**
 * The kernel of decoder/kvCache.ts: write one vector per row and head into a cache, in place: the output is the input's own memory.
 *
 *     cache[b, h, d, p] = value[b, h, d]   (slotAxis 3)        cache[b, h, p, d] = value[b, h, d]   (slotAxis 2)
 *
 * where slot[b, p] = 1; a row without a 1 keeps its cache. As a sum of products over the whole cache this was a fifth of
 * generation. Inputs: cache, value [B, H, Dh], slot [B, C]; attrs: slotAxis. The caller owns the cache and uses it no more.
 * Needs internals of tfjs-backend-wasm 4.22.0, so that is pinned.
 */
export function installWasmWriteSlot(backend: WasmBackend): void {
  tf.registerKernel({
    kernelName: "VhackWriteSlot" satisfies OwnKernel,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) => {
      const { cache, value, slot } = inputs as Record<"cache" | "value" | "slot", TensorInfo>;
      const [to, from, slots] = [cache, value, slot].map((info) => backend.typedArrayFromHeap(info)) as [
        Heap,
        Heap,
        Heap,
      ];
      const { slotAxis } = attrs as { slotAxis: number };
      const [B, H, Dh] = value.shape as [number, number, number];
      const C = slot.shape[1]!;
      const [perPlace, perEntry] = slotAxis === 3 ? [1, C] : [Dh, 1];
      for (let b = 0; b < B; b++) {
        const place = slots.subarray(b * C, (b + 1) * C).indexOf(1);
        if (place < 0) continue;
        for (let head = b * H; head < (b + 1) * H; head++)
          for (let d = 0; d < Dh; d++) to[head * Dh * C + place * perPlace + d * perEntry] = from[head * Dh + d]!;
      }
      backend.incRef(cache.dataId);
      return [{ dataId: cache.dataId, shape: cache.shape, dtype: cache.dtype }];
    },
  });
}

type Heap = ReturnType<WasmBackend["typedArrayFromHeap"]>;
