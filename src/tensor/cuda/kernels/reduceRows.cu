/*
 * Combine each row to one number; a block per row. Sums: |error| <= 38 u sum_j |x_j|, u = 2^-24, whatever n.
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
  double share = 0; // a float would drop what is 2^-25 of it, which over a long row can be 2e-5 of the sum
  for (long long j = threadIdx.x; j < n; j += blockDim.x) share += G(wide(own[j]));
  float v = blockSum((float)share);
#endif
  if (threadIdx.x == 0) put(y + row, FINISH(v));
}
