/*
 * RMSNorm of every head, then rotation by the token's position; a warp per head.
 *
 *     rstd[n, h] = (mean_i x[n, h, i]^2 + eps)^-1/2                          [N, H]
 *     z = x[n, h] rstd weight
 *     y[n, h, i]        = z[i] cos[n, i] - z[i + half] sin[n, i]             [N, H, Dh], i < half = Dh / 2
 *     y[n, h, i + half] = z[i + half] cos[n, i + half] + z[i] sin[n, i + half]
 *
 * X, Y: storage of x and y. LANES divides Dh / 2.
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
  for (int i = LANES * IN_ROW; i < Dh; i += LANES * PER_ROW) {
    Pack p = load(from + i);
    for (int l = 0; l < LANES; l++) squares += p.of[l] * p.of[l];
  }
  float r = 1 / sqrtf(rowSum(squares) / Dh + eps);
  int half = Dh / 2;
  for (int i = LANES * IN_ROW; i < half; i += LANES * PER_ROW) {
    Pack p = load(from + i), q = load(from + i + half), w = load(weight + i), v = load(weight + i + half);
    Pack c = load(cos + angle + i), s = load(sin + angle + i);
    Pack d = load(cos + angle + i + half), t = load(sin + angle + i + half), first, second;
    for (int l = 0; l < LANES; l++) {
      float a = p.of[l] * r * w.of[l], b = q.of[l] * r * v.of[l];
      first.of[l] = a * c.of[l] - b * s.of[l];
      second.of[l] = b * d.of[l] + a * t.of[l];
    }
    store(to + i, first);
    store(to + i + half, second);
  }
  if (IN_ROW == 0) rstd[ROW] = r;
}
