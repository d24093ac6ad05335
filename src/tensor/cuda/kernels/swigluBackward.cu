/*
 * Gradients of swiglu, for rows that may share a forward pass.
 *
 *     p = places[r], s = sigmoid(gate[p]), silu = gate[p] s
 *     dGate[r] = dY[r] up[p] (s + silu (1 - s)),  dUp[r] = dY[r] silu        [rows, F]
 *
 * A null `places` means p = r. X: storage of gate and up; DY, DX: of the gradients. LANES divides F.
 */
#include "common.cuh"

extern "C" __global__ void swigluBackward(const DY* dY, const X* gate, const X* up, const int* places, DX* dGate,
                                          DX* dUp, int F, long long rows) {
  int packs = F / LANES;
  for EACH(i, rows * packs) {
    long long r = i / packs, at = (places ? places[r] : r) * F + i % packs * LANES;
    Pack d = load(dY + LANES * i), g = load(gate + at), u = load(up + at);
    for (int l = 0; l < LANES; l++) {
      float s = 1 / (1 + expf(-g.of[l])), silu = g.of[l] * s;
      g.of[l] = d.of[l] * u.of[l] * (s + silu * (1 - s));
      u.of[l] = d.of[l] * silu;
    }
    store(dGate + LANES * i, g);
    store(dUp + LANES * i, u);
  }
}
