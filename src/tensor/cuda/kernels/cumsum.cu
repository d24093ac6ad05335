/*
 * Running sums along an axis; a thread per line.
 *
 *     y[o, j, i] = sum over k <= j of x[o, k, i]        [outer, n, inner]
 *
 * EXCLUSIVE: k < j instead. REVERSE: from the end. X, Y: storage.
 */
#include "common.cuh"

extern "C" __global__ void cumsum(const X* x, Y* y, long long n, long long inner, long long lines) {
  for EACH(k, lines) {
    long long first = k / inner * n * inner + k % inner;
    float sum = 0;
    for (long long j = 0; j < n; j++) {
      long long at = first + (REVERSE ? n - 1 - j : j) * inner;
      float before = sum;
      sum += wide(x[at]);
      put(y + at, EXCLUSIVE ? before : sum);
    }
  }
}
