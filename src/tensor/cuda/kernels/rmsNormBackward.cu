/*
 * Activation gradient of rmsNorm, for rows that may share a forward pass.
 *
 *     p = places[r], xHat = x[p] rstd[p], dXHat = dY[r] weight
 *     dX[r] = beside[r] + rstd[p] (dXHat - xHat mean_j(dXHat xHat))        [rows, D]
 *
 * A null `places` means p = r, a null `beside` nothing. Where `rounded` is not null it gets dX as bfloat16 too, for the
 * products that read it. X, DY: storage. WARPS, LANES: as in rmsNorm.
 */
#include "common.cuh"
#include "reduce.cuh"

extern "C" __global__ void rmsNormBackward(const DY* dY, const float* weight, const X* x, const float* rstd,
                                           const int* places, const float* beside, float* dX, bf16* rounded,
                                           int D, long long rows) {
  if (ROW >= rows) return;
  long long place = places ? places[ROW] : ROW;
  const X* own = x + place * D;
  const DY* slope = dY + ROW * D;
  float r = rstd[place], along = 0;
  for (int j = LANES * IN_ROW; j < D; j += LANES * PER_ROW) {
    Pack p = load(own + j), d = load(slope + j), w = load(weight + j);
    for (int l = 0; l < LANES; l++) along += d.of[l] * w.of[l] * p.of[l];
  }
  along = rowSum(along) * r / D;
  for (int j = LANES * IN_ROW; j < D; j += LANES * PER_ROW) {
    Pack p = load(own + j), d = load(slope + j), w = load(weight + j);
    for (int l = 0; l < LANES; l++) d.of[l] = r * (d.of[l] * w.of[l] - p.of[l] * r * along);
    if (beside) {
      Pack b = load(beside + ROW * D + j);
      for (int l = 0; l < LANES; l++) d.of[l] += b.of[l];
    }
    store(dX + ROW * D + j, d);
    if (rounded) store(rounded + ROW * D + j, d);
  }
}
