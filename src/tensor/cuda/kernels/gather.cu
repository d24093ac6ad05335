/*
 * Rows by index; an index out of range gives NaN, never another tensor's memory.
 *
 *     y[o, i, k] = x[o, indices[i], k]        [outer, length, inner] -> [outer, count, inner]
 *
 * T: unsigned, unsigned short or unsigned char, by the size of a number.
 */
#include "common.cuh"

extern "C" __global__ void gather(const T* x, const int* indices, T* y, long long length, long long inner,
                                  long long count, long long n) {
  for EACH(at, n) {
    long long k = at % inner, i = at / inner % count, o = at / inner / count;
    int row = indices[i];
    y[at] = row >= 0 && row < length ? x[(o * length + row) * inner + k] : (T)~(T)0;
  }
}
