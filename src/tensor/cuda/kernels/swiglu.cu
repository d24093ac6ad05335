/*
 * The gated activation of the feed-forward block.
 *
 *     y[i] = gate[i] sigmoid(gate[i]) up[i],  sigmoid(v) = 1 / (1 + exp(-v))
 *
 * X: storage of gate and up; Y: of y.
 */
#include "common.cuh"

extern "C" __global__ void swiglu(const X* gate, const X* up, Y* y, long long n) {
  for EACH(i, n / LANES) {
    Pack g = load(gate + LANES * i), u = load(up + LANES * i);
    for (int l = 0; l < LANES; l++) g.of[l] *= u.of[l] / (1 + expf(-g.of[l]));
    store(y + LANES * i, g);
  }
}
