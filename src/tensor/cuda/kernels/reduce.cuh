/*
 * Sums and maxima over a block of whole warps. Every thread gets the result; the order is fixed, so results repeat.
 */

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
