/*
 * Set every number.
 *
 *     y[i] = value
 *
 * Y: float, bf16, int or bool8.
 */
#include "common.cuh"

extern "C" __global__ void fill(Y* y, float value, long long n) {
  for EACH(i, n) put(y + i, value);
}
