/*
 * Weight gradient of rmsNorm; a thread per column.
 *
 *     dWeight[j] = sum_r dY[r, j] x[r, j] rstd[r]        [D]
 *
 * X, DY: storage.
 */
#include "common.cuh"

extern "C" __global__ void rmsNormWeightGradient(const DY* dY, const X* x, const float* rstd, float* dWeight, int D,
                                                 long long rows) {
  for EACH(j, D) {
    float sum = 0;
    for (long long r = 0; r < rows; r++) sum += wide(dY[r * D + j]) * (wide(x[r * D + j]) * rstd[r]);
    dWeight[j] = sum;
  }
}
