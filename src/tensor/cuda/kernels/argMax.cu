/*
 * The place of each line's largest number, the first of equal ones; a thread per line.
 *
 *     y[o, i] = argmax over j of x[o, j, i]        [outer, n, inner] -> [outer, inner]
 *
 * X: storage.
 */
#include "common.cuh"

extern "C" __global__ void argMax(const X* x, int* y, long long n, long long inner, long long lines) {
  for EACH(k, lines) {
    const X* own = x + k / inner * n * inner + k % inner;
    int best = 0;
    for (int j = 1; j < n; j++)
      if (wide(own[j * inner]) > wide(own[best * inner])) best = j;
    y[k] = best;
  }
}
