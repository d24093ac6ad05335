/*
 * Activation gradient of normedRope, for tokens that may share a forward pass; a warp per head.
 *
 *     p = places[n], xHat = x[p, h] rstd[p, h]
 *     dZ[i]        = dY[n, h, i] cos[p, i] + dY[n, h, i + half] sin[p, i + half]         i < half = Dh / 2
 *     dZ[i + half] = dY[n, h, i + half] cos[p, i + half] - dY[n, h, i] sin[p, i]
 *     dX[n, h] = rstd (dZ weight - xHat mean_i(dZ weight xHat))                          [N, H, Dh]
 *
 * A null `places` means p = n. X, DY, DX: storage. LANES divides Dh / 2. Dh at most 256: a lane holds its pairs between the
 * two passes.
 */
#define WARPS 1
#include "common.cuh"
#include "reduce.cuh"
#define STEPS (4 / LANES)

extern "C" __global__ void normedRopeBackward(const DY* dY, const float* weight, const X* x, const float* rstd,
                                              const float* cos, const float* sin, const int* places, DX* dX, int H,
                                              int Dh, long long rows) {
  if (ROW >= rows) return;
  long long n = ROW / H, place = places ? places[n] : n, row = place * H + ROW % H;
  const X* own = x + row * Dh;
  const DY* slope = dY + ROW * Dh;
  DX* to = dX + ROW * Dh;
  float r = rstd[row], along = 0;
  Pack first[STEPS], second[STEPS];
  int half = Dh / 2;
#pragma unroll
  for (int k = 0; k < STEPS; k++) {
    int i = LANES * (IN_ROW + 32 * k);
    if (i >= half) continue;
    long long at = place * Dh + i;
    Pack p = load(slope + i), q = load(slope + i + half), w = load(weight + i), v = load(weight + i + half);
    Pack c = load(cos + at), s = load(sin + at), d = load(cos + at + half), t = load(sin + at + half);
    Pack a = load(own + i), b = load(own + i + half);
    for (int l = 0; l < LANES; l++) {
      first[k].of[l] = (p.of[l] * c.of[l] + q.of[l] * t.of[l]) * w.of[l];
      second[k].of[l] = (q.of[l] * d.of[l] - p.of[l] * s.of[l]) * v.of[l];
      along += first[k].of[l] * a.of[l] + second[k].of[l] * b.of[l];
    }
  }
  along = rowSum(along) * r / Dh;
#pragma unroll
  for (int k = 0; k < STEPS; k++) {
    int i = LANES * (IN_ROW + 32 * k);
    if (i >= half) continue;
    Pack a = load(own + i), b = load(own + i + half);
    for (int l = 0; l < LANES; l++) {
      first[k].of[l] = r * (first[k].of[l] - a.of[l] * r * along);
      second[k].of[l] = r * (second[k].of[l] - b.of[l] * r * along);
    }
    store(to + i, first[k]);
    store(to + i + half, second[k]);
  }
}
