/*
 * Root-mean-square normalisation of each row.
 *
 *     rstd[r] = (mean_j x[r, j]^2 + eps)^-1/2        [rows]
 *     y[r, j] = x[r, j] rstd[r] weight[j]            [rows, D]
 *
 * X, Y: storage of x and y. WARPS: 1 for short rows, a warp each; 0 for a block per row. LANES divides D.
 */
#include "common.cuh"
#include "reduce.cuh"

extern "C" __global__ void rmsNorm(const X* x, const float* weight, Y* y, float* rstd, float eps, int D,
                                   long long rows) {
  if (ROW >= rows) return;
  const X* from = x + ROW * D;
  Y* to = y + ROW * D;
  float squares = 0;
  for (int j = LANES * IN_ROW; j < D; j += LANES * PER_ROW) {
    Pack p = load(from + j);
    for (int l = 0; l < LANES; l++) squares += p.of[l] * p.of[l];
  }
  float r = 1 / sqrtf(rowSum(squares) / D + eps);
  for (int j = LANES * IN_ROW; j < D; j += LANES * PER_ROW) {
    Pack p = load(from + j), w = load(weight + j);
    for (int l = 0; l < LANES; l++) p.of[l] *= r * w.of[l];
    store(to + j, p);
  }
  if (IN_ROW == 0) rstd[ROW] = r;
}
