/*
 * Indices as rows with a single one.
 *
 *     y[i, j] = j = indices[i] ? on : off        [N, depth]
 *
 * Y: storage.
 */
#include "common.cuh"

extern "C" __global__ void oneHot(const int* indices, Y* y, long long depth, float on, float off, long long n) {
  for EACH(i, n) put(y + i, indices[i / depth] == i % depth ? on : off);
}
