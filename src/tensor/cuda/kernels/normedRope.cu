/*
 * RMSNorm of every head, then rotation by the token's position; a warp per head.
 *
 *     rstd[n, h] = (mean_i x[n, h, i]^2 + eps)^-1/2                          [N, H]
 *     z = x[n, h] rstd weight
 *     y[n, h, i]        = z[i] cos[n, i] - z[i + half] sin[n, i]             [N, H, Dh], i < half = Dh / 2
 *     y[n, h, i + half] = z[i + half] cos[n, i + half] + z[i] sin[n, i + half]
 *
 * X, Y: storage of x and y.
 */
#define WARPS 1
#include "common.cuh"
#include "reduce.cuh"

extern "C" __global__ void normedRope(const X* x, const float* weight, const float* cos, const float* sin, Y* y,
                                      float* rstd, float eps, int H, int Dh, long long rows) {
  if (ROW >= rows) return;
  const X* from = x + ROW * Dh;
  Y* to = y + ROW * Dh;
  long long angle = ROW / H * Dh;
  float squares = 0;
  for (int i = IN_ROW; i < Dh; i += 32) squares += wide(from[i]) * wide(from[i]);
  float r = 1 / sqrtf(rowSum(squares) / Dh + eps);
  int half = Dh / 2;
  for (int i = IN_ROW; i < half; i += 32) {
    float p = wide(from[i]) * r * weight[i], q = wide(from[i + half]) * r * weight[i + half];
    put(to + i, p * cos[angle + i] - q * sin[angle + i]);
    put(to + i + half, q * cos[angle + i + half] + p * sin[angle + i + half]);
  }
  if (IN_ROW == 0) rstd[ROW] = r;
}
