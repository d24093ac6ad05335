/*
 * A function of two numbers, with broadcasting by strides: an axis of stride 0 repeats.
 *
 *     y[i] = f(a[sum_d i_d aStride_d], b[sum_d i_d bStride_d])        for all i < shape, fewer than 2^32
 *
 * F(p, q): the expression. A, B, Y: storage of the three; V: the type that F computes in.
 */
#include "common.cuh"

template <typename T> struct As;
template <> struct As<float> {
  template <typename S> static __device__ __forceinline__ float of(S x) { return wide(x); }
};
template <> struct As<int> {
  template <typename S> static __device__ __forceinline__ int of(S x) { return (int)x; }
};
__device__ __forceinline__ void put(int* y, int value) { *y = value; }
__device__ __forceinline__ void put(bool8* y, bool value) { *y = value; }
__device__ __forceinline__ void put(bool8* y, int value) { *y = value != 0; }

extern "C" __global__ void binary(const A* a, const B* b, Y* y, Dims shape, Dims aStrides, Dims bStrides,
                                  long long n) {
  for EACH(i, n) {
    unsigned rest = i;
    long long aAt = 0, bAt = 0;
    for (int d = 5; d >= 0; d--) {
      if (shape.of[d] == 1) continue;
      unsigned at = rest % shape.of[d];
      rest /= shape.of[d];
      aAt += (long long)at * aStrides.of[d];
      bAt += (long long)at * bStrides.of[d];
    }
    put(y + i, F(As<V>::of(a[aAt]), As<V>::of(b[bAt])));
  }
}
