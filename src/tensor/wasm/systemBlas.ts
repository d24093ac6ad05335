type Koffi = typeof import("koffi");

/** C = op(A) · op(B) in float32, row-major, on memory that the caller lays out. */
export interface SystemBlas {
  /** the library that was found */
  readonly library: string;
  /**
   * @param a  [M, K], or [K, M] when transposedA
   * @param b  [K, N], or [N, K] when transposedB
   * @param c  [M, N], overwritten
   */
  multiply(
    a: Float32Array,
    transposedA: boolean,
    b: Float32Array,
    transposedB: boolean,
    c: Float32Array,
    M: number,
    K: number,
    N: number,
  ): void;
}

/** Where a BLAS with the C interface is looked for, in order. */
const candidates = [
  "libopenblas.so.0",
  "libopenblas.so",
  "libopenblas.dylib",
  "/System/Library/Frameworks/Accelerate.framework/Accelerate",
];

const [rowMajor, noTranspose, transpose] = [101, 111, 112];

/**
 * The system's BLAS, or null where there is none: two to three times XNNPACK's speed in wasm, on the same heap without copies.
 *
 * One thread: results must not depend on how many cores are free, and the other cores have grading and SVDs to do.
 *
 * A platform that the foreign-function package does not know, a library that is not there, and one without cblas_sgemm are
 * all the same here: no BLAS.
 *
 * @see docs/speed.md for what was measured
 */
export async function findSystemBlas(): Promise<SystemBlas | null> {
  const attempts = await Promise.allSettled(
    candidates.map(async (library) => bind((await import("koffi")).default, library)),
  );
  return attempts.find((attempt) => attempt.status === "fulfilled")?.value ?? null;
}

function bind(koffi: Koffi["default"], library: string): SystemBlas {
  const loaded = koffi.load(library);
  const sgemm = loaded.func(
    "void cblas_sgemm(int order, int transA, int transB, int M, int N, int K, float alpha, const void *A, int lda, const void *B, int ldb, float beta, void *C, int ldc)",
  );
  if (library.includes("openblas")) loaded.func("void openblas_set_num_threads(int threads)")(1);
  return {
    library,
    multiply(a, transposedA, b, transposedB, c, M, K, N) {
      const [transA, lda] = transposedA ? [transpose, M] : [noTranspose, K];
      const [transB, ldb] = transposedB ? [transpose, K] : [noTranspose, N];
      sgemm(rowMajor, transA, transB, M, N, K, 1, a, lda, b, ldb, 0, c, N);
    },
  };
}
