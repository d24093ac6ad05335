/*
 * Derivative of a token's log-probability with respect to the head's input, in place.
 *
 *     y[r, j] = W[target[r], j] - y[r, j]        [rows, D], where y comes in as softmax(logits) · W
 *
 * W: storage of the head's weight; LANES divides D. A target out of range gives NaN.
 */
#include "common.cuh"

extern "C" __global__ void logpSlopes(const W* w, const int* targets, float* y, int D, int vocab, long long rows) {
  int packs = D / LANES;
  for EACH(i, rows * packs) {
    int target = targets[i / packs];
    bool isKnown = target >= 0 && target < vocab;
    Pack v = load(y + LANES * i), own = load(w + (isKnown ? (long long)target * D : 0) + i % packs * LANES);
    for (int l = 0; l < LANES; l++) v.of[l] = isKnown ? own.of[l] - v.of[l] : notANumber;
    store(y + LANES * i, v);
  }
}
