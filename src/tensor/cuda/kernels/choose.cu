/*
 * Choose number by number.
 *
 *     y[i] = condition[i / each] ? t[i] : e[i]
 *
 * each: numbers that share a condition. T: unsigned, unsigned short or unsigned char, by the size of a number.
 */
#include "common.cuh"

extern "C" __global__ void choose(const bool8* condition, const T* t, const T* e, T* y, long long each, long long n) {
  for EACH(i, n) y[i] = condition[i / each] ? t[i] : e[i];
}
