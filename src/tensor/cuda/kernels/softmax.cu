/*
 * Softmax of each row; a block per row.
 *
 *     y[r, j] = exp(x[r, j] - max_j x) / sum_j exp(x[r, j] - max_j x)        [rows, n]
 *
 * X, Y: storage.
 */
#include "common.cuh"
#include "reduce.cuh"

extern "C" __global__ void softmax(const X* x, Y* y, long long n) {
  const X* from = x + blockIdx.x * n;
  Y* to = y + blockIdx.x * n;
  float peak = -infinity;
  for (long long j = threadIdx.x; j < n; j += blockDim.x) peak = fmaxf(peak, wide(from[j]));
  peak = blockMax(peak);
  double share = 0; // as in reduceRows.cu
  for (long long j = threadIdx.x; j < n; j += blockDim.x) share += expf(wide(from[j]) - peak);
  float sum = blockSum((float)share);
  for (long long j = threadIdx.x; j < n; j += blockDim.x) put(to + j, expf(wide(from[j]) - peak) / sum);
}
