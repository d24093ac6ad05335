/*
 * Activation gradient of normedRope, for tokens that may share a forward pass; a warp per head.
 *
 *     p = places[n], xHat = x[p, h] rstd[p, h]
 *     dZ[i]        = dY[n, h, i] cos[p, i] + dY[n, h, i + half] sin[p, i + half]         i < half = Dh / 2
 *     dZ[i + half] = dY[n, h, i + half] cos[p, i + half] - dY[n, h, i] sin[p, i]
 *     dX[n, h] = rstd (dZ weight - xHat mean_i(dZ weight xHat))                          [N, H, Dh]
 *
 * A null `places` means p = n. X, DY, DX: storage. Dh at most 256: a lane holds its pairs between the two passes.
 */
#define WARPS 1
#include "common.cuh"
#include "reduce.cuh"

extern "C" __global__ void normedRopeBackward(const DY* dY, const float* weight, const X* x, const float* rstd,
                                              const float* cos, const float* sin, const int* places, DX* dX, int H,
                                              int Dh, long long rows) {
  if (ROW >= rows) return;
  long long n = ROW / H, place = places ? places[n] : n, row = place * H + ROW % H;
  const X* own = x + row * Dh;
  const DY* slope = dY + ROW * Dh;
  DX* to = dX + ROW * Dh;
  float r = rstd[row], along = 0, first[4], second[4];
  int half = Dh / 2;
#pragma unroll
  for (int k = 0; k < 4; k++) {
    int i = IN_ROW + 32 * k;
    if (i >= half) continue;
    long long at = place * Dh + i;
    float p = wide(slope[i]), q = wide(slope[i + half]);
    first[k] = (p * cos[at] + q * sin[at + half]) * weight[i];
    second[k] = (q * cos[at + half] - p * sin[at]) * weight[i + half];
    along += first[k] * wide(own[i]) + second[k] * wide(own[i + half]);
  }
  along = rowSum(along) * r / Dh;
#pragma unroll
  for (int k = 0; k < 4; k++) {
    int i = IN_ROW + 32 * k;
    if (i >= half) continue;
    put(to + i, r * (first[k] - wide(own[i]) * r * along));
    put(to + i + half, r * (second[k] - wide(own[i + half]) * r * along));
  }
}
