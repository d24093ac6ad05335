/*
 * Write one vector per row and head into a cache, in place.
 *
 *     cache[b, h, d, p] = value[b, h, d]   (SLOT_AXIS 3)        cache[b, h, p, d] = value[b, h, d]   (SLOT_AXIS 2)
 *
 * where slot[b, p] = 1; a row without a 1 keeps its cache. A block per row; it first finds the row's slot.
 * value [B, H, Dh], slot [B, C]. X: storage of value; Y: of the cache.
 */
#include "common.cuh"

extern "C" __global__ void writeSlot(const X* value, const float* slot, Y* cache, int H, int Dh, int C) {
  __shared__ int place;
  long long b = blockIdx.x;
  if (threadIdx.x == 0) place = -1;
  __syncthreads();
  for (int p = threadIdx.x; p < C; p += blockDim.x)
    if (slot[b * C + p] == 1) place = p;
  __syncthreads();
  if (place < 0) return;
  for (int i = threadIdx.x; i < H * Dh; i += blockDim.x) {
    long long h = b * H + i / Dh, d = i % Dh;
#if SLOT_AXIS == 3
    long long to = (h * Dh + d) * C + place;
#else
    long long to = (h * C + place) * Dh + d;
#endif
    put(cache + to, wide(value[b * H * Dh + i]));
  }
}
