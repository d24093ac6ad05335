/*
 * Gradients of attention's keys and values, sample by sample, without the scores in memory.
 *
 *     p[t, j]  = exp2(scale q[t] · k[j] - lse[t]),  j <= t          recomputed tile by tile
 *     dV[j]    = sum_{h of the key head, t} p dY[t, h]
 *     dS[t, j] = p (dY[t, h] · v[j] - delta[t, h])
 *     dK[j]    = rootScale sum_{h, t} dS q[t, h]                    [N, Hkv, Dh]
 *
 * A block has TILE keys of one key head and goes through the queries that see them, head by head; a warp has 16 keys.
 * bfloat16 operands, float32 sums. DH: Dh; DK, DV: storage. scale: log2(e) rootScale, rootScale: 1 / sqrt(Dh).
 * Grid: (Hkv, samples, tiles of the longest sample); block: 128.
 */
#include "common.cuh"
#include "mma.cuh"
#include "segments.cuh"

extern "C" __global__ void __launch_bounds__(128)
attentionKeyGradients(const bf16* q, const bf16* k, const bf16* v, const bf16* dY, const float* lse,
                      const float* delta, DK* dK, DV* dV, const int* table, float scale, float rootScale, int H,
                      int Hkv) {
  extern __shared__ __align__(128) unsigned char sharedBytes[];
  bf16* keys = (bf16*)sharedBytes;
  bf16* values = keys + TILE * PITCH;
  bf16* queries = values + TILE * PITCH;
  bf16* slopes = queries + 2 * TILE * PITCH;
  float* logs = (float*)(slopes + 2 * TILE * PITCH);
  float* deltas = logs + 2 * TILE;
  Segment sample = segmentAt(table, blockIdx.y);
  int hkv = blockIdx.x, first = blockIdx.z * TILE, G = H / Hkv, all = sample.all();
  if (first >= all) return;

  for (int i = threadIdx.x; i < TILE * (DP / 8); i += 128) {
    int row = i / (DP / 8), j = first + row;
    long long at = j < all ? (sample.packed(j) * Hkv + hkv) * DH : 0;
    fillChunk(keys, row, i % (DP / 8), j < all ? k + at : nullptr);
    fillChunk(values, row, i % (DP / 8), j < all ? v + at : nullptr);
  }
  int from = first / TILE, perHead = (all + TILE - 1) / TILE - from, tiles = G * perHead;
  auto fetch = [&](int tile) {
    int buffer = tile % 2, h = hkv * G + tile / perHead, start = (from + tile % perHead) * TILE;
    for (int i = threadIdx.x; i < TILE * (DP / 8); i += 128) {
      int row = i / (DP / 8), t = start + row;
      const bf16* query = t < all ? q + (sample.packed(t) * H + h) * DH : nullptr;
      const bf16* slope = t < all ? dY + ((long long)(sample.slopeStart + t) * H + h) * DH : nullptr;
      fillChunk(queries + buffer * TILE * PITCH, row, i % (DP / 8), query);
      fillChunk(slopes + buffer * TILE * PITCH, row, i % (DP / 8), slope);
    }
    if (threadIdx.x < TILE) {
      int t = start + threadIdx.x;
      // a query beyond the last has probability exp2(-infinity) = 0
      logs[buffer * TILE + threadIdx.x] = t < all ? lse[sample.packed(t) * H + h] : infinity;
      deltas[buffer * TILE + threadIdx.x] = t < all ? delta[(long long)(sample.slopeStart + t) * H + h] : 0;
    }
    commitCopies();
  };
  fetch(0);

  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  int own = first + 16 * warp + lane / 4;
  float keySums[DP / 8][4] = {}, valueSums[DP / 8][4] = {};
  for (int tile = 0; tile < tiles; tile++) {
    awaitCopies();
    __syncthreads();
    if (tile + 1 < tiles) fetch(tile + 1);
    const bf16* queryTile = queries + tile % 2 * TILE * PITCH;
    const bf16* slopeTile = slopes + tile % 2 * TILE * PITCH;
    int start = (from + tile % perHead) * TILE;
    float p[TILE / 8][4] = {}, d[TILE / 8][4] = {};
    scoreTile(p, keys, 16 * warp, queryTile);
    bool isMasked = first + TILE - 1 > start; // some key is beyond some query
#pragma unroll
    for (int n = 0; n < TILE / 8; n++) {
      int column = 8 * n + lane % 4 * 2;
      const float* log = logs + tile % 2 * TILE + column;
      float two[2] = {log[0], log[1]};
#pragma unroll
      for (int c = 0; c < 4; c++) {
        p[n][c] = exp2Fast(p[n][c] * scale - two[c % 2]);
        if (isMasked && own + c / 2 * 8 > start + column + c % 2) p[n][c] = 0;
      }
    }
    weighTile(valueSums, p, slopeTile);
    scoreTile(d, values, 16 * warp, slopeTile);
#pragma unroll
    for (int n = 0; n < TILE / 8; n++) {
      const float* less = deltas + tile % 2 * TILE + 8 * n + lane % 4 * 2;
      float two[2] = {less[0], less[1]};
#pragma unroll
      for (int c = 0; c < 4; c++) d[n][c] = p[n][c] * (d[n][c] - two[c % 2]);
    }
    weighTile(keySums, d, queryTile);
  }

#pragma unroll
  for (int r = 0; r < 2; r++) {
    int j = own + 8 * r;
    if (j >= all) continue;
    long long row = ((long long)(sample.slopeStart + j) * Hkv + hkv) * DH;
#pragma unroll
    for (int n = 0; n < DP / 8; n++)
#pragma unroll
      for (int c = 0; c < 2; c++) {
        int i = 8 * n + lane % 4 * 2 + c;
        if (i >= DH) continue;
        put(dK + row + i, keySums[n][2 * r + c] * rootScale);
        put(dV + row + i, valueSums[n][2 * r + c]);
      }
  }
}
