/** A weight to decompose, row-major. */
export interface DenseWeight {
  readonly moduleName: string;
  readonly rows: number; // dOut
  readonly cols: number; // dIn
  readonly data: Float32Array; // [rows, cols]
}

/** Thin SVD of one weight: W = U diag(s) Vh, r = min(rows, cols). */
export interface WeightSvd {
  readonly u: Float32Array; // [rows, r]
  readonly s: Float64Array; // [r], descending
  readonly vh: Float32Array; // [r, cols]
  readonly r: number;
}
