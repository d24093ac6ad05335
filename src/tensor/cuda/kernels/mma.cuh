/*
 * Tiles in shared memory and their products on tensor cores, by warps: bfloat16 in, float32 sums.
 *
 * A tile's row takes PITCH numbers: 8 more than its DP = DH rounded up to 16, so that the eight rows that one matrix load
 * touches lie in different banks. What a tile has beyond DH is zero.
 */
#define DP ((DH + 15) / 16 * 16)
#define PITCH (DP + 8)
/** Rows that a tile has, and columns of scores. */
#define TILE 64

__device__ __forceinline__ float exp2Fast(float x) {
#ifdef VHACK_HOST
  return exp2f(x);
#else
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#endif
}

#ifndef VHACK_HOST
__device__ __forceinline__ unsigned sharedAddress(const void* p) { return (unsigned)__cvta_generic_to_shared(p); }

/** Copy 16 bytes, or zeros, into shared memory while the threads go on. */
__device__ __forceinline__ void copyAsync(void* to, const void* from, bool isThere) {
  int bytes = isThere ? 16 : 0;
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(sharedAddress(to)), "l"(from), "r"(bytes));
}
__device__ __forceinline__ void commitCopies() { asm volatile("cp.async.commit_group;"); }
__device__ __forceinline__ void awaitCopies() { asm volatile("cp.async.wait_group 0;" ::: "memory"); }

/** Four 8 x 8 matrices: lane i names row i % 8 of matrix i / 8, and gets two neighbours of each. */
__device__ __forceinline__ void loadMatrices(unsigned (&r)[4], const bf16* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(sharedAddress(row)));
}
__device__ __forceinline__ void loadTransposed(unsigned (&r)[4], const bf16* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(sharedAddress(row)));
}

/** d [16, 8] += a [16, 16] b [16, 8] */
__device__ __forceinline__ void multiplyAdd(float (&d)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
               "{%0, %1, %2, %3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
#endif

/** One row of a tile, by the threads that share the work: 16 bytes each, zeros where `from` is null. */
__device__ __forceinline__ void fillChunk(bf16* tile, int row, int chunk, const bf16* from) {
  bf16* to = tile + row * PITCH + 8 * chunk;
#if DH % 8 == 0
  bool isThere = from && 8 * chunk < DH;
  copyAsync(to, isThere ? (const void*)(from + 8 * chunk) : (const void*)tile, isThere);
#else
  for (int i = 0; i < 8; i++) to[i].bits = from && 8 * chunk + i < DH ? from[8 * chunk + i].bits : 0;
#endif
}

/** Rows row .. row + 15 and numbers k .. k + 15 of a tile, as the left operand. */
__device__ __forceinline__ void leftOperand(unsigned (&a)[4], const bf16* tile, int row, int k) {
  int lane = threadIdx.x % 32;
  loadMatrices(a, tile + (row + lane % 16) * PITCH + k + lane / 16 * 8);
}

/** acc [16, TILE] += left [16, 16] · right^T, right [TILE, 16] the numbers k .. k + 15 of a tile. */
__device__ __forceinline__ void scoreStep(float (&acc)[TILE / 8][4], const unsigned (&left)[4], const bf16* right, int k) {
  int lane = threadIdx.x % 32;
#pragma unroll
  for (int n = 0; n < TILE; n += 16) {
    unsigned b[4];
    loadMatrices(b, right + (n + lane / 16 * 8 + lane % 8) * PITCH + k + lane / 8 % 2 * 8);
    multiplyAdd(acc[n / 8], left, b[0], b[1]);
    multiplyAdd(acc[n / 8 + 1], left, b[2], b[3]);
  }
}

/** acc [16, TILE] += left [16, DP] · right^T, right [TILE, DP] a tile; left from `tile` at `row`. */
__device__ __forceinline__ void scoreTile(float (&acc)[TILE / 8][4], const bf16* tile, int row, const bf16* right) {
#pragma unroll
  for (int k = 0; k < DP; k += 16) {
    unsigned left[4];
    leftOperand(left, tile, row, k);
    scoreStep(acc, left, right, k);
  }
}

/** The same for a left operand that stays in registers: shared memory's bandwidth is what bounds these products. */
__device__ __forceinline__ void scoreTile(float (&acc)[TILE / 8][4], const unsigned (&left)[DP / 16][4], const bf16* right) {
#pragma unroll
  for (int k = 0; k < DP; k += 16) scoreStep(acc, left[k / 16], right, k);
}

/** Rows row .. row + 15 of a tile, into registers. */
__device__ __forceinline__ void keepLeft(unsigned (&left)[DP / 16][4], const bf16* tile, int row) {
#pragma unroll
  for (int k = 0; k < DP; k += 16) leftOperand(left[k / 16], tile, row, k);
}

/** acc [16, DP] += left [16, TILE] · right, right [TILE, DP] a tile; left as scoreTile left it, rounded to bfloat16. */
__device__ __forceinline__ void weighTile(float (&acc)[DP / 8][4], const float (&left)[TILE / 8][4], const bf16* right) {
  int lane = threadIdx.x % 32;
#pragma unroll
  for (int k = 0; k < TILE; k += 16) {
    const float(&p)[4] = left[k / 8], (&q)[4] = left[k / 8 + 1];
    unsigned a[4] = {narrowPair(p[0], p[1]), narrowPair(p[2], p[3]), narrowPair(q[0], q[1]), narrowPair(q[2], q[3])};
#pragma unroll
    for (int n = 0; n < DP; n += 16) {
      unsigned b[4];
      loadTransposed(b, right + (k + lane % 16) * PITCH + n + lane / 16 * 8);
      multiplyAdd(acc[n / 8], a, b[0], b[1]);
      multiplyAdd(acc[n / 8 + 1], a, b[2], b[3]);
    }
  }
}
