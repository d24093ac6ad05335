/*
 * A function of one number, for every number.
 *
 *     y[i] = f(x[i])
 *
 * F(v): the expression. X, Y: storage of the two.
 */
#include "common.cuh"

extern "C" __global__ void unary(const X* x, Y* y, long long n) {
#if LANES == 4
  for EACH(i, n / 4) {
    Pack p = load(x + 4 * i);
    for (int l = 0; l < LANES; l++) p.of[l] = F(p.of[l]);
    store(y + 4 * i, p);
  }
#else
  for EACH(i, n) put(y + i, F(wide(x[i])));
#endif
}
