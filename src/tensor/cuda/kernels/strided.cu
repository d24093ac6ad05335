/*
 * Copy a box of numbers from one layout to another: transpose, slice, concatenate, pad and broadcast are all this.
 *
 *     y[yStart + sum_d i_d yStride_d] = x[xStart + sum_d i_d xStride_d]        for all i < shape, fewer than 2^32
 *
 * T: unsigned, unsigned short or unsigned char, by the size of a number.
 */
#include "common.cuh"

extern "C" __global__ void strided(const T* x, T* y, Dims shape, Dims xStrides, Dims yStrides, long long xStart,
                                   long long yStart, long long n) {
  for EACH(i, n) {
    unsigned rest = i;
    long long from = xStart, to = yStart;
    for (int d = 5; d >= 0; d--) {
      unsigned at = rest % shape.of[d];
      rest /= shape.of[d];
      from += (long long)at * xStrides.of[d];
      to += (long long)at * yStrides.of[d];
    }
    y[to] = x[from];
  }
}
