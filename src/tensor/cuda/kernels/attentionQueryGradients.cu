/*
 * Gradient of attention's queries, sample by sample, without the scores in memory.
 *
 *     p[t, j]  = exp2(scale q[t, h] · k[j] - lse[t, h]),  j <= t        recomputed tile by tile
 *     dS[t, j] = p (dY[t, h] · v[j] - delta[t, h])
 *     dQ[t, h] = rootScale sum_j dS k[j]                                [N, H, Dh]
 *
 * A block has TILE queries of one head and goes through the keys that they see; a warp has 16 queries. bfloat16 operands,
 * float32 sums. DH: Dh; DQ: storage. scale: log2(e) rootScale, rootScale: 1 / sqrt(Dh).
 * Grid: (tiles of the longest sample, H, samples); block: 128.
 */
#include "common.cuh"
#include "mma.cuh"
#include "segments.cuh"

extern "C" __global__ void __launch_bounds__(128)
attentionQueryGradients(const bf16* q, const bf16* k, const bf16* v, const bf16* dY, const float* lse,
                        const float* delta, DQ* dQ, const int* table, float scale, float rootScale, int H, int Hkv) {
  extern __shared__ __align__(128) unsigned char sharedBytes[];
  bf16* queries = (bf16*)sharedBytes;
  bf16* slopes = queries + TILE * PITCH;
  bf16* keys = slopes + TILE * PITCH;
  bf16* values = keys + 2 * TILE * PITCH;
  Segment sample = segmentAt(table, blockIdx.z);
  int first = (gridDim.x - 1 - blockIdx.x) * TILE, h = blockIdx.y, hkv = h / (H / Hkv), all = sample.all();
  if (first >= all) return;
  int count = min(first + TILE, all), tiles = (count + TILE - 1) / TILE;

  for (int i = threadIdx.x; i < TILE * (DP / 8); i += 128) {
    int row = i / (DP / 8), t = first + row;
    const bf16* from = t < all ? q + (sample.packed(t) * H + h) * DH : nullptr;
    const bf16* slopeFrom = t < all ? dY + ((long long)(sample.slopeStart + t) * H + h) * DH : nullptr;
    fillChunk(queries, row, i % (DP / 8), from);
    fillChunk(slopes, row, i % (DP / 8), slopeFrom);
  }
  auto fetch = [&](int tile) {
    int buffer = tile % 2 * TILE * PITCH;
    for (int i = threadIdx.x; i < TILE * (DP / 8); i += 128) {
      int row = i / (DP / 8), j = tile * TILE + row;
      long long at = j < count ? (sample.packed(j) * Hkv + hkv) * DH : 0;
      fillChunk(keys + buffer, row, i % (DP / 8), j < count ? k + at : nullptr);
      fillChunk(values + buffer, row, i % (DP / 8), j < count ? v + at : nullptr);
    }
    commitCopies();
  };
  fetch(0);

  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  int own = first + 16 * warp + lane / 4;
  float log[2], less[2];
  for (int r = 0; r < 2; r++) {
    int t = own + 8 * r;
    log[r] = t < all ? lse[sample.packed(t) * H + h] : infinity;
    less[r] = t < all ? delta[(long long)(sample.slopeStart + t) * H + h] : 0;
  }
  unsigned query[DP / 16][4], slope[DP / 16][4];
  float sums[DP / 8][4] = {};
  for (int tile = 0; tile < tiles; tile++) {
    awaitCopies();
    __syncthreads();
    if (tile == 0) keepLeft(query, queries, 16 * warp), keepLeft(slope, slopes, 16 * warp);
    if (tile + 1 < tiles) fetch(tile + 1);
    const bf16* keyTile = keys + tile % 2 * TILE * PITCH;
    float p[TILE / 8][4] = {}, d[TILE / 8][4] = {};
    scoreTile(p, query, keyTile);
    scoreTile(d, slope, values + tile % 2 * TILE * PITCH);
    bool isMasked = tile * TILE + TILE - 1 > first; // some query does not see some key
#pragma unroll
    for (int n = 0; n < TILE / 8; n++)
#pragma unroll
      for (int c = 0; c < 4; c++) {
        int j = tile * TILE + 8 * n + lane % 4 * 2 + c % 2, t = own + c / 2 * 8;
        float probability = exp2Fast(p[n][c] * scale - log[c / 2]);
        if (isMasked && (j > t || j >= count)) probability = 0;
        d[n][c] = probability * (d[n][c] - less[c / 2]);
      }
    weighTile(sums, d, keyTile);
  }

#pragma unroll
  for (int r = 0; r < 2; r++) {
    int t = own + 8 * r;
    if (t >= all) continue;
    long long row = ((long long)(sample.slopeStart + t) * H + h) * DH;
#pragma unroll
    for (int n = 0; n < DP / 8; n++)
#pragma unroll
      for (int c = 0; c < 2; c++) {
        int i = 8 * n + lane % 4 * 2 + c;
        if (i < DH) put(dQ + row + i, sums[n][2 * r + c] * rootScale);
      }
  }
}
