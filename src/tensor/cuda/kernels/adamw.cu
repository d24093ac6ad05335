/*
 * One step of AdamW with bias correction and decoupled weight decay.
 *
 *     m' = beta1 m + (1 - beta1) g,  v' = beta2 v + (1 - beta2) g^2
 *     update = scale m' / (sqrt(v') / rootCorrection2 + eps) + decay knob
 *     knob' = knob + update
 *
 * scale = -lr / (1 - beta1^t), rootCorrection2 = sqrt(1 - beta2^t), decay = -lr weightDecay.
 */
#include "common.cuh"

extern "C" __global__ void adamw(const float* knobs, const float* g, const float* m, const float* v, float* next,
                                 float* update, float* mNext, float* vNext, float beta1, float rest1, float beta2,
                                 float rest2, float scale, float rootCorrection2, float eps, float decay, long long n) {
  for EACH(i, n) {
    float first = m[i] * beta1 + g[i] * rest1, second = v[i] * beta2 + g[i] * g[i] * rest2;
    float step = first / (sqrtf(second) / rootCorrection2 + eps) * scale + knobs[i] * decay;
    mNext[i] = first;
    vNext[i] = second;
    update[i] = step;
    next[i] = knobs[i] + step;
  }
}
