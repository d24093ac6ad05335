/*
 * What every kernel shares: bfloat16 by its bits, loads that widen and stores that round, index arithmetic.
 *
 * Nothing is included from a toolkit, so that NVRTC needs no include folder, and g++ can compile the same text for tests.
 */

/** The upper 16 bits of a float: 8 bits of exponent, 7 of mantissa. */
struct bf16 {
  unsigned short bits;
};
typedef unsigned char bool8;

/** Shapes and strides of at most six axes, passed by value. */
struct Dims {
  int of[6];
};

/** Floats by which one thread advances; 2 or 4 where rows allow wider accesses. */
#ifndef LANES
#define LANES 1
#endif

struct Pack {
  float of[LANES];
};

__device__ __forceinline__ float wide(float x) { return x; }
__device__ __forceinline__ float wide(bf16 x) { return __uint_as_float((unsigned)x.bits << 16); }
__device__ __forceinline__ float wide(int x) { return (float)x; }
__device__ __forceinline__ float wide(bool8 x) { return (float)x; }

#define infinity __uint_as_float(0x7f800000u)
#define notANumber __uint_as_float(0x7fffffffu)

/** Round to the nearest bfloat16, ties to even. */
__device__ __forceinline__ bf16 narrow(float x) {
  bf16 y;
#ifdef VHACK_HOST
  y.bits = hostNarrow(x);
#else
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(y.bits) : "f"(x));
#endif
  return y;
}

/** Two floats rounded to bfloat16, the first in the lower half. */
__device__ __forceinline__ unsigned narrowPair(float low, float high) {
#ifdef VHACK_HOST
  return (unsigned)hostNarrow(low) | (unsigned)hostNarrow(high) << 16;
#else
  unsigned pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
#endif
}

__device__ __forceinline__ void put(float* y, float value) { *y = value; }
__device__ __forceinline__ void put(bf16* y, float value) { *y = narrow(value); }
__device__ __forceinline__ void put(int* y, float value) { *y = (int)value; }
__device__ __forceinline__ void put(bool8* y, float value) { *y = value != 0; }

struct alignas(16) Four {
  float x, y, z, w;
};
struct alignas(8) Two {
  float x, y;
};
struct alignas(8) FourHalves {
  unsigned low, high;
};

/** LANES neighbours, widened; x is aligned to them. */
__device__ __forceinline__ Pack load(const float* x) {
  Pack p;
#if LANES == 4
  Four v = *(const Four*)x;
  p.of[0] = v.x, p.of[1] = v.y, p.of[2] = v.z, p.of[3] = v.w;
#elif LANES == 2
  Two v = *(const Two*)x;
  p.of[0] = v.x, p.of[1] = v.y;
#else
  p.of[0] = *x;
#endif
  return p;
}
__device__ __forceinline__ Pack load(const bf16* x) {
  Pack p;
#if LANES == 4
  FourHalves v = *(const FourHalves*)x;
  p.of[0] = __uint_as_float(v.low << 16), p.of[1] = __uint_as_float(v.low & 0xffff0000u);
  p.of[2] = __uint_as_float(v.high << 16), p.of[3] = __uint_as_float(v.high & 0xffff0000u);
#elif LANES == 2
  unsigned v = *(const unsigned*)x;
  p.of[0] = __uint_as_float(v << 16), p.of[1] = __uint_as_float(v & 0xffff0000u);
#else
  p.of[0] = wide(*x);
#endif
  return p;
}
__device__ __forceinline__ void store(float* y, Pack p) {
#if LANES == 4
  Four v = {p.of[0], p.of[1], p.of[2], p.of[3]};
  *(Four*)y = v;
#elif LANES == 2
  Two v = {p.of[0], p.of[1]};
  *(Two*)y = v;
#else
  *y = p.of[0];
#endif
}
__device__ __forceinline__ void store(bf16* y, Pack p) {
#if LANES == 4
  FourHalves v = {narrowPair(p.of[0], p.of[1]), narrowPair(p.of[2], p.of[3])};
  *(FourHalves*)y = v;
#elif LANES == 2
  *(unsigned*)y = narrowPair(p.of[0], p.of[1]);
#else
  *y = narrow(p.of[0]);
#endif
}

__device__ __forceinline__ void store(bool8* y, Pack p) {
  for (int l = 0; l < LANES; l++) put(y + l, p.of[l]);
}

/** First of the numbers that this thread handles, and the step to its next one: any grid covers any length. */
#define EACH(i, n)                                                                          \
  (long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x; i < (n); i += gridDim.x * (long long)blockDim.x)
