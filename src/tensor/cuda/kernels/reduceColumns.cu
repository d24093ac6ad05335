/*
 * Combine along an axis that is not the last; a thread per result. Sums are in float64, rounded once.
 *
 *     y[o, i] = finish(combine over j of x[o, j, i])        [outer, n, inner] -> [outer, inner]
 *
 * REDUCE: 0 sum, 1 max. G(v): of each number before it is combined. FINISH(v): of the result. X, Y: storage.
 */
#include "common.cuh"

extern "C" __global__ void reduceColumns(const X* x, Y* y, long long n, long long inner, long long results) {
  for EACH(k, results) {
    const X* own = x + k / inner * n * inner + k % inner;
#if REDUCE == 1
    float v = -infinity;
    for (long long j = 0; j < n; j++) {
      float w = G(wide(own[j * inner]));
      v = w != w || w > v ? w : v;
      if (v != v) break;
    }
#else
    double sum = 0; // a float would drop what is 2^-25 of it
    for (long long j = 0; j < n; j++) sum += G(wide(own[j * inner]));
    float v = (float)sum;
#endif
    put(y + k, FINISH(v));
  }
}
