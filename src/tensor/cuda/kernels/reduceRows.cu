/*
 * Combine each row to one number; a block per row.
 *
 *     y[r] = finish(combine over j of x[r, j])        [rows, n] -> [rows]
 *
 * REDUCE: 0 sum, 1 max. G(v): of each number before it is combined. FINISH(v): of the result. X, Y: storage.
 */
#include "common.cuh"
#include "reduce.cuh"

extern "C" __global__ void reduceRows(const X* x, Y* y, long long n) {
  long long row = blockIdx.x;
  const X* own = x + row * n;
#if REDUCE == 1
  float v = -infinity;
  bool isNaN = false;
  for (long long j = threadIdx.x; j < n; j += blockDim.x) {
    float w = G(wide(own[j]));
    isNaN |= w != w;
    v = fmaxf(v, w);
  }
  v = blockMax(v);
  if (blockMax(isNaN ? 1 : 0) > 0) v = notANumber; // fmaxf drops NaN
#else
  float v = 0;
  for (long long j = threadIdx.x; j < n; j += blockDim.x) v += G(wide(own[j]));
  v = blockSum(v);
#endif
  if (threadIdx.x == 0) put(y + row, FINISH(v));
}
