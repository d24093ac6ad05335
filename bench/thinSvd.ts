/**
 * The weight SVD: CPU seconds by size, accuracy, and what a whole Qwen3-4B would take.
 *
 *     node --import tsx bench/thinSvd.ts
 *
 * Extrapolation: the cost of a shape is cubic in its scale, so each of Qwen3-4B's shapes is measured at a quarter of its
 * size and multiplied by 64. Threads do not help one matrix; the cache runs one matrix per thread.
 */
import { matMul, matrix, transpose, type Matrix } from "../src/numeric/linalg/matrix.ts";
import { norm } from "../src/numeric/linalg/norm.ts";
import { seededRng } from "../src/numeric/rng.ts";
import { thinSvd } from "../src/numeric/linalg/thinSvd.ts";

function randomMatrix(rows: number, cols: number): Matrix {
  const rng = seededRng(1, "bench svd", rows, cols);
  return matrix(
    rows,
    cols,
    Float64Array.from({ length: rows * cols }, () => rng.normal()),
  );
}

function cpuSeconds(rows: number, cols: number): number {
  const a = randomMatrix(rows, cols);
  const before = process.cpuUsage().user;
  const { u, s, vh } = thinSvd(a);
  const seconds = (process.cpuUsage().user - before) / 1e6;
  const scaled = matrix(
    u.rows,
    u.cols,
    u.data.map((value, i) => value * s[i % u.cols]!),
  );
  const rebuilt = matMul(scaled, vh);
  const reconstruction = norm(rebuilt.data.map((value, i) => value - a.data[i]!)) / norm(a.data);
  const gram = matMul(transpose(u), u);
  const skew = gram.data.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (i % (gram.cols + 1) === 0 ? 1 : 0))),
    0,
  );
  console.log(
    `${rows} x ${cols}: ${seconds.toFixed(2)} CPU s, |U S Vh - A| / |A| = ${reconstruction.toExponential(1)}, max |UᵀU - I| = ${skew.toExponential(1)}`,
  );
  return seconds;
}

cpuSeconds(64, 64);
for (const n of [128, 256, 512, 1024]) cpuSeconds(n, n);

/** Qwen3-4B's wrapped Linears by shape, a quarter of the size, and how many a layer has. */
const quarters: readonly [rows: number, cols: number, perLayer: number][] = [
  [1024, 640, 2],
  [640, 256, 2],
  [2432, 640, 3],
];
const perLayer = quarters.reduce((sum, [rows, cols, count]) => sum + count * 64 * cpuSeconds(rows, cols), 0);
console.log(`Qwen3-4B, 36 layers of 7: about ${((36 * perLayer) / 3600).toFixed(1)} CPU hours, once; then the cache`);
