/*
 * Per-sample gradient of one module's AntiPaSTO knob, from the two projected factors.
 *
 *     g[b, i] = sum over starts[b] <= t < starts[b + 1] of a[t, i] c[places[t], i]        [B, r]
 *
 * a = dY · U of all samples' tokens, c = x · Vh^T of the tokens that passed; a null `places` means places[t] = t.
 * A block has 32 columns (times LANES) and EACH_COLUMN threads for each, which take the tokens in turn; sums meet in a fixed
 * order. A, C: storage. LANES divides r. Grid: (columns, B); block: (32, EACH_COLUMN).
 */
#include "common.cuh"
#define EACH_COLUMN 32

extern "C" __global__ void sampleProduct(const A* a, const C* c, const int* starts, const int* places, float* g, int r) {
  __shared__ float parts[EACH_COLUMN][32 * LANES];
  int b = blockIdx.y, column = (blockIdx.x * 32 + threadIdx.x) * LANES;
  Pack sum;
  for (int l = 0; l < LANES; l++) sum.of[l] = 0;
  if (column < r)
    for (int t = starts[b] + threadIdx.y; t < starts[b + 1]; t += EACH_COLUMN) {
      Pack p = load(a + (long long)t * r + column), q = load(c + (long long)(places ? places[t] : t) * r + column);
      for (int l = 0; l < LANES; l++) sum.of[l] += p.of[l] * q.of[l];
    }
  for (int l = 0; l < LANES; l++) parts[threadIdx.y][threadIdx.x * LANES + l] = sum.of[l];
  __syncthreads();
  if (threadIdx.y > 0 || column >= r) return;
  for (int l = 0; l < LANES; l++)
    for (int y = 1; y < EACH_COLUMN; y++) sum.of[l] += parts[y][threadIdx.x * LANES + l];
  store(g + (long long)b * r + column, sum);
}
