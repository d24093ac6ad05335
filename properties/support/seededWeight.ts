import type { DenseWeight } from "../../src/adapter/weightSvd/weightSvd.ts";

/** A float32 weight of pseudo-random entries in [-1, 1), the same for the same arguments. */
export function seededWeight(moduleName: string, rows: number, cols: number, seed: number): DenseWeight {
  let state = seed;
  const data = Float32Array.from({ length: rows * cols }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  return { moduleName, rows, cols, data };
}
