/*
 * What softmax's gradient subtracts, for every query of every sample; a warp each.
 *
 *     delta[n, h] = sum_i dY[n, h, i] y[p, h, i]        [N, H], p the place of the sample's token n among the packed ones
 *
 * DY: storage of dY. Grid: (blocks of 8 queries of the longest sample, H, samples).
 */
#define WARPS 1
#include "common.cuh"
#include "reduce.cuh"
#include "segments.cuh"

extern "C" __global__ void attentionDelta(const DY* dY, const bf16* y, float* delta, const int* table, int H, int Dh) {
  Segment sample = segmentAt(table, blockIdx.z);
  int t = ROW, h = blockIdx.y;
  if (t >= sample.all()) return;
  const bf16* own = y + (sample.packed(t) * H + h) * Dh;
  long long row = (long long)(sample.slopeStart + t) * H + h;
  float sum = 0;
  for (int i = IN_ROW; i < Dh; i += 32) sum += wide(dY[row * Dh + i]) * wide(own[i]);
  sum = warpSum(sum);
  if (IN_ROW == 0) delta[row] = sum;
}
