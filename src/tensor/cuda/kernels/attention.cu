/*
 * Causal grouped-query attention of segments, without the scores in memory: softmax by running maximum and sum.
 *
 *     s[t, j] = q[t, h] · k[j, h / G] / sqrt(Dh),  j <= t in the segment's own counting, prefix first
 *     y[t, h] = softmax_j(s) · v                       [Np, H, Dh]
 *     lse[t, h] = log2 sum_j exp(s)                    [Np, H]
 *
 * A block takes TILE queries of one head and goes through the keys that they see, TILE at a time; a warp has 16 queries.
 * bfloat16 operands (the probabilities too), float32 sums. DH: Dh. scale: log2(e) / sqrt(Dh).
 * Grid: (tiles of the longest segment, H, segments); block: 128.
 *
 * See Dao 2023, arXiv 2307.08691.
 */
#include "common.cuh"
#include "mma.cuh"
#include "segments.cuh"

__device__ __forceinline__ float quadMax(float v) {
  v = fmaxf(v, __shfl_xor_sync(0xffffffffu, v, 1));
  return fmaxf(v, __shfl_xor_sync(0xffffffffu, v, 2));
}
__device__ __forceinline__ float quadSum(float v) {
  v += __shfl_xor_sync(0xffffffffu, v, 1);
  return v + __shfl_xor_sync(0xffffffffu, v, 2);
}

extern "C" __global__ void __launch_bounds__(128, 3) attention(const bf16* q, const bf16* k, const bf16* v, bf16* y,
                                                            float* lse, const int* table, float scale, int H, int Hkv) {
  extern __shared__ __align__(128) unsigned char sharedBytes[];
  bf16* keys = (bf16*)sharedBytes;
  bf16* values = keys + 2 * TILE * PITCH;
  bf16* queries = keys + TILE * PITCH; // go to registers before the second tile of keys comes
  Segment segment = segmentAt(table, blockIdx.z);
  int first = (gridDim.x - 1 - blockIdx.x) * TILE, h = blockIdx.y, hkv = h / (H / Hkv);
  if (first >= segment.length) return;
  int count = segment.prefixLength + min(first + TILE, segment.length); // keys that any of these queries sees
  int tiles = (count + TILE - 1) / TILE;

  for (int i = threadIdx.x; i < TILE * (DP / 8); i += 128) {
    int row = i / (DP / 8), t = first + row;
    const bf16* from = q + ((long long)(segment.start + t) * H + h) * DH;
    fillChunk(queries, row, i % (DP / 8), t < segment.length ? from : nullptr);
  }
  auto fetch = [&](int tile) {
    int buffer = tile % 2 * TILE * PITCH;
    for (int i = threadIdx.x; i < TILE * (DP / 8); i += 128) {
      int row = i / (DP / 8), j = tile * TILE + row;
      long long at = j < count ? (segment.packed(j) * Hkv + hkv) * DH : 0;
      fillChunk(keys + buffer, row, i % (DP / 8), j < count ? k + at : nullptr);
      fillChunk(values + buffer, row, i % (DP / 8), j < count ? v + at : nullptr);
    }
    commitCopies();
  };
  fetch(0);

  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  int own = first + 16 * warp + lane / 4; // this lane has rows own and own + 8, columns 2 (lane % 4) and one more of each 8
  unsigned left[DP / 16][4];
  float out[DP / 8][4] = {}, peak[2] = {-infinity, -infinity}, sum[2] = {0, 0};
  for (int tile = 0; tile < tiles; tile++) {
    awaitCopies();
    __syncthreads(); // the tile is there for all, and nobody reads the other buffer any more
    if (tile == 0) {
      keepLeft(left, queries, 16 * warp);
      __syncthreads();
    }
    if (tile + 1 < tiles) fetch(tile + 1);
    float s[TILE / 8][4] = {};
    scoreTile(s, left, keys + tile % 2 * TILE * PITCH);
    if (tile * TILE + TILE - 1 > segment.prefixLength + first) { // some query does not see some key
#pragma unroll
      for (int n = 0; n < TILE / 8; n++)
#pragma unroll
        for (int c = 0; c < 4; c++) {
          int j = tile * TILE + 8 * n + lane % 4 * 2 + c % 2, t = own + c / 2 * 8;
          if (j > segment.prefixLength + t || j >= count) s[n][c] = -infinity;
        }
    }
#pragma unroll
    for (int r = 0; r < 2; r++) {
      float highest = peak[r];
#pragma unroll
      for (int n = 0; n < TILE / 8; n++) highest = fmaxf(highest, fmaxf(s[n][2 * r], s[n][2 * r + 1]));
      highest = quadMax(highest);
      float shrink = exp2Fast((peak[r] - highest) * scale), less = highest * scale;
      peak[r] = highest;
      sum[r] *= shrink;
#pragma unroll
      for (int n = 0; n < DP / 8; n++) out[n][2 * r] *= shrink, out[n][2 * r + 1] *= shrink;
#pragma unroll
      for (int n = 0; n < TILE / 8; n++)
#pragma unroll
        for (int c = 2 * r; c < 2 * r + 2; c++) {
          s[n][c] = exp2Fast(s[n][c] * scale - less);
          sum[r] += s[n][c];
        }
    }
    weighTile(out, s, values + tile % 2 * TILE * PITCH);
  }

#pragma unroll
  for (int r = 0; r < 2; r++) {
    float total = quadSum(sum[r]);
    int t = own + 8 * r;
    if (t >= segment.length) continue;
    long long row = (long long)(segment.start + t) * H + h;
    if (lane % 4 == 0) lse[row] = peak[r] * scale + log2f(total);
#pragma unroll
    for (int n = 0; n < DP / 8; n++)
#pragma unroll
      for (int c = 0; c < 2; c++) {
        int i = 8 * n + lane % 4 * 2 + c;
        if (i < DH) put(y + row * DH + i, out[n][2 * r + c] / total);
      }
  }
}
