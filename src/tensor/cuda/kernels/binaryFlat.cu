/*
 * A function of two numbers at the same place, or of a number and a constant that the host knows.
 *
 *     y[i] = f(a[i], b[i])        or, where a pointer is null,        f(constant, b[i])  and  f(a[i], constant)
 *
 * F(p, q): the expression. A, B, Y: storage of the three. CONSTANT: 0 none, 1 a, 2 b.
 */
#include "common.cuh"

extern "C" __global__ void binaryFlat(const A* a, const B* b, Y* y, float constant, long long n) {
  for EACH(i, n / LANES) {
#if CONSTANT == 1
    Pack q = load(b + LANES * i), p;
    for (int l = 0; l < LANES; l++) p.of[l] = F(constant, q.of[l]);
#elif CONSTANT == 2
    Pack p = load(a + LANES * i);
    for (int l = 0; l < LANES; l++) p.of[l] = F(p.of[l], constant);
#else
    Pack p = load(a + LANES * i), q = load(b + LANES * i);
    for (int l = 0; l < LANES; l++) p.of[l] = F(p.of[l], q.of[l]);
#endif
    store(y + LANES * i, p);
  }
}
