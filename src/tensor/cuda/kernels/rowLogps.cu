/*
 * Log-probability of each row's target, and the row's softmax; a block per row.
 *
 *     logps[r] = logits[r, target[r]] - logsumexp_j logits[r, j]        [rows], nats
 *     p[r, j]  = exp(logits[r, j] - logsumexp)                          [rows, n]; not written where p is null
 *
 * P: storage of p, which lies in parts of PART columns, each [rows, PART] or shorter: operands of one product each.
 * LANES divides n and PART.
 */
#include "common.cuh"
#include "reduce.cuh"

extern "C" __global__ void rowLogps(const float* logits, const int* targets, float* logps, P* p, int n) {
  const float* from = logits + (long long)blockIdx.x * n;
  float peak = -infinity;
  double share = 0; // as in reduceRows.cu
  for (int j = LANES * threadIdx.x; j < n; j += LANES * blockDim.x) {
    Pack v = load(from + j);
    float highest = v.of[0];
    for (int l = 1; l < LANES; l++) highest = fmaxf(highest, v.of[l]);
    if (!(highest <= peak)) { // a thread's own sum is relative to the highest logit that it has seen
      share *= expf(peak - highest);
      peak = highest;
    }
    for (int l = 0; l < LANES; l++) share += expf(v.of[l] - peak);
  }
  float top = blockMax(peak);
  float sum = blockSum(peak == -infinity ? 0 : (float)share * expf(peak - top));
  float logSum = top + logf(sum);
  int target = targets[blockIdx.x];
  if (threadIdx.x == 0) logps[blockIdx.x] = target >= 0 && target < n ? from[target] - logSum : notANumber;
  if (!p) return;
  for (int j = LANES * threadIdx.x; j < n; j += LANES * blockDim.x) {
    Pack v = load(from + j);
    for (int l = 0; l < LANES; l++) v.of[l] = expf(v.of[l] - logSum);
    int part = j / PART * PART, width = min(PART, n - part);
    store(p + (long long)part * gridDim.x + (long long)blockIdx.x * width + (j - part), v);
  }
}
