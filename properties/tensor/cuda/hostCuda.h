// CUDA on a CPU, for tests: enough of the language that g++ compiles a kernel's own text, and a block's threads as fibers.
//
// One block runs at a time, its threads in turn, each up to the next barrier; so a missing barrier shows as a wrong number,
// and one that not all threads reach as an error. With `backwards` the threads run in the opposite order: a result that
// changes is a race.
#include <algorithm>
#include <cmath>
#include <csetjmp>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ucontext.h>
#include <utility>

#define VHACK_HOST
#define __global__
#define __device__
#define __forceinline__ inline
#define __shared__ thread_local
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))

using std::min;

struct Index3 {
  unsigned x, y, z;
};
static Index3 threadIdx, blockIdx, blockDim, gridDim;

static inline float __uint_as_float(unsigned bits) { float x; memcpy(&x, &bits, 4); return x; }
static inline unsigned __float_as_uint(float x) { unsigned bits; memcpy(&bits, &x, 4); return bits; }
static inline float rsqrtf(float x) { return 1 / sqrtf(x); }
static inline unsigned short hostNarrow(float x) {
  unsigned bits = __float_as_uint(x);
  if (x != x) return 0x7fff;
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

namespace host {
constexpr int mostThreads = 1024, stackBytes = 128 << 10;
static ucontext_t context[mostThreads];
static jmp_buf resume[mostThreads], scheduler;
static bool started[mostThreads], ended[mostThreads];
static char* stacks;
static int current, threads;
static long events; // barriers reached and threads ended: without one in a whole round, no thread will ever go on
static void (*body)(void**);
static void** arguments;

static void place(int thread) {
  current = thread;
  threadIdx = {thread % blockDim.x, thread / blockDim.x % blockDim.y, thread / (blockDim.x * blockDim.y)};
}
static void yield() {
  if (!_setjmp(resume[current])) _longjmp(scheduler, 1);
}
static void enter() {
  body(arguments);
  ended[current] = true;
  events++;
  _longjmp(scheduler, 1);
}

struct Gate {
  int arrived;
  long round;
};
static Gate blockGate, warpGate[mostThreads / 32];
static void pass(Gate& gate, int size) {
  events++;
  if (++gate.arrived == size) {
    gate.arrived = 0;
    gate.round++;
    return;
  }
  for (long round = gate.round; gate.round == round;) yield();
}
static int warp() { return current / 32; }
static int lane() { return current % 32; }
static void passWarp() {
  int first = warp() * 32;
  pass(warpGate[warp()], threads - first < 32 ? threads - first : 32);
}

static bool runFibers(bool backwards) {
  if (!stacks) stacks = (char*)malloc((size_t)mostThreads * stackBytes);
  memset(started, 0, sizeof started);
  memset(ended, 0, sizeof ended);
  blockGate = {};
  for (Gate& gate : warpGate) gate = {};
  static long before;
  static int turn, alive;
  do {
    before = events;
    alive = 0;
    for (turn = 0; turn < threads; turn++) {
      int thread = backwards ? threads - 1 - turn : turn;
      if (ended[thread]) continue;
      alive++;
      place(thread);
      if (_setjmp(scheduler)) continue;
      if (started[thread]) _longjmp(resume[thread], 1);
      started[thread] = true;
      getcontext(&context[thread]);
      context[thread].uc_stack.ss_sp = stacks + (size_t)thread * stackBytes;
      context[thread].uc_stack.ss_size = stackBytes;
      context[thread].uc_link = nullptr;
      makecontext(&context[thread], enter, 0);
      setcontext(&context[thread]);
    }
    if (alive > 0 && events == before) return false;
  } while (alive > 0);
  return true;
}

template <class... P, size_t... I> void callWith(void (*kernel)(P...), void** a, std::index_sequence<I...>) {
  kernel(*(P*)a[I]...);
}
template <class... P> void call(void (*kernel)(P...), void** a) {
  callWith(kernel, a, std::index_sequence_for<P...>());
}

/** 0, or 1 where some threads wait at a barrier that others never reach. */
static int launch(void (*kernel)(void**), const unsigned* grid, const unsigned* block, void** args, int flags) {
  body = kernel;
  arguments = args;
  gridDim = {grid[0], grid[1], grid[2]};
  blockDim = {block[0], block[1], 1};
  threads = block[0] * block[1];
  if (threads > mostThreads) return 2;
  for (unsigned z = 0; z < grid[2]; z++)
    for (unsigned y = 0; y < grid[1]; y++)
      for (unsigned x = 0; x < grid[0]; x++) {
        blockIdx = {x, y, z};
        if (flags & 1) {
          if (!runFibers(flags & 2)) return 1;
        } else {
          for (int t = 0; t < threads; t++) {
            place(flags & 2 ? threads - 1 - t : t);
            kernel(args);
          }
        }
      }
  return 0;
}
} // namespace host

static inline void __syncthreads() { host::pass(host::blockGate, host::threads); }

// Collective operations of a warp: every lane leaves what it brings, waits, and reads what others brought.
namespace host {
static unsigned left[mostThreads][8];
template <class Read> static auto exchange(const unsigned* mine, int n, Read read) {
  for (int i = 0; i < n; i++) left[current][i] = mine[i];
  passWarp();
  auto result = read(left + warp() * 32);
  passWarp();
  return result;
}
} // namespace host
static inline void __syncwarp() { host::passWarp(); }
static inline float __shfl_xor_sync(unsigned, float v, int mask) {
  unsigned bits = __float_as_uint(v);
  int from = host::lane() ^ mask;
  return host::exchange(&bits, 1, [=](unsigned(*all)[8]) { return __uint_as_float(all[from][0]); });
}

// Tensor cores: what mma.cuh does by inline PTX on the card. bf16 is declared by the kernel's own text.
struct bf16;
static inline void copyAsync(void* to, const void* from, bool isThere) {
  if (isThere) memcpy(to, from, 16);
  else memset(to, 0, 16);
}
static inline void commitCopies() {}
static inline void awaitCopies() {}

namespace host {
static unsigned short* rowOf(unsigned (*all)[8], int lane) {
  return (unsigned short*)((uint64_t)all[lane][1] << 32 | all[lane][0]);
}
template <class Read> static void matrices(unsigned (&r)[4], const void* row, Read read) {
  unsigned address[2] = {(unsigned)(uint64_t)row, (unsigned)((uint64_t)row >> 32)};
  exchange(address, 2, [&](unsigned (*all)[8]) {
    for (int m = 0; m < 4; m++) r[m] = read(all, 8 * m);
    return 0;
  });
}
} // namespace host
static inline void loadMatrices(unsigned (&r)[4], const void* row) {
  host::matrices(r, row, [](unsigned (*all)[8], int first) {
    unsigned short* own = host::rowOf(all, first + host::lane() / 4) + host::lane() % 4 * 2;
    return (unsigned)own[0] | (unsigned)own[1] << 16;
  });
}
static inline void loadTransposed(unsigned (&r)[4], const void* row) {
  host::matrices(r, row, [](unsigned (*all)[8], int first) {
    int k = first + host::lane() % 4 * 2, column = host::lane() / 4;
    return (unsigned)host::rowOf(all, k)[column] | (unsigned)host::rowOf(all, k + 1)[column] << 16;
  });
}
static inline void multiplyAdd(float (&d)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  unsigned mine[6] = {a[0], a[1], a[2], a[3], b0, b1};
  host::exchange(mine, 6, [&](unsigned (*all)[8]) {
    auto half = [](unsigned pair, int which) { return __uint_as_float(which ? pair & 0xffff0000u : pair << 16); };
    for (int c = 0; c < 4; c++) {
      int row = host::lane() / 4, column = host::lane() % 4 * 2 + c % 2;
      for (int k = 0; k < 16; k++) {
        float left = half(all[row * 4 + k % 8 / 2][c / 2 + k / 8 * 2], k % 2);
        float right = half(all[column * 4 + k % 8 / 2][4 + k / 8], k % 2);
        d[c] += left * right;
      }
    }
    return 0;
  });
}
