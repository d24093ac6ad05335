/*
 * Sums and maxima over a row that WARPS warps share. Every thread gets the result; the order is fixed, so results repeat.
 *
 * WARPS 0 (or none): the whole block, which is then one row; 1: each warp has a row of its own.
 */
#ifndef WARPS
#define WARPS 0
#endif

__device__ __forceinline__ float warpSum(float v) {
  for (int o = 16; o > 0; o >>= 1) v += __shfl_xor_sync(0xffffffffu, v, o);
  return v;
}
__device__ __forceinline__ float warpMax(float v) {
  for (int o = 16; o > 0; o >>= 1) v = fmaxf(v, __shfl_xor_sync(0xffffffffu, v, o));
  return v;
}

__device__ __forceinline__ float blockSum(float v) {
  __shared__ float parts[32];
  v = warpSum(v);
  __syncthreads(); // parts may still be read from the call before
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = v;
  __syncthreads();
  v = 0;
  for (unsigned i = 0; i < blockDim.x / 32; i++) v += parts[i];
  return v;
}
__device__ __forceinline__ float blockMax(float v) {
  __shared__ float parts[32];
  v = warpMax(v);
  __syncthreads();
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = v;
  __syncthreads();
  v = parts[0];
  for (unsigned i = 1; i < blockDim.x / 32; i++) v = fmaxf(v, parts[i]);
  return v;
}

#if WARPS == 1
#define rowSum warpSum
/** This thread's row, its place among the row's threads, and their number; rows past the last are left to `rows`. */
#define ROW (blockIdx.x * (long long)(blockDim.x / 32) + threadIdx.x / 32)
#define IN_ROW (threadIdx.x % 32)
#define PER_ROW 32u
#else
#define rowSum blockSum
#define ROW ((long long)blockIdx.x)
#define IN_ROW threadIdx.x
#define PER_ROW blockDim.x
#endif
