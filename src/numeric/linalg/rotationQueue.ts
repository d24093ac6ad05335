import type { Matrix } from "./matrix.ts";

/** Columns rotated together: a stretch of every row then stays in the processor's cache over the whole queue. */
const panelColumns = 64;
const capacity = 1 << 14;

/**
 * Plane rotations of a matrix's rows, collected and then applied panel by panel.
 *
 *     row_i' = c row_i + s row_j
 *     row_j' = c row_j - s row_i
 *
 * The result is that of applying each at once; only the order in memory differs.
 */
export class RotationQueue {
  readonly #target: Matrix;
  readonly #rowI = new Int32Array(capacity);
  readonly #rowJ = new Int32Array(capacity);
  readonly #cosine = new Float64Array(capacity);
  readonly #sine = new Float64Array(capacity);
  #length = 0;

  constructor(target: Matrix) {
    this.#target = target;
  }

  push(i: number, j: number, cosine: number, sine: number): void {
    if (this.#length === capacity) this.apply();
    this.#rowI[this.#length] = i;
    this.#rowJ[this.#length] = j;
    this.#cosine[this.#length] = cosine;
    this.#sine[this.#length] = sine;
    this.#length += 1;
  }

  /** Apply what was collected; the target is up to date afterwards. */
  apply(): void {
    const { cols, data } = this.#target;
    for (let start = 0; start < cols; start += panelColumns) {
      const width = Math.min(panelColumns, cols - start);
      for (let q = 0; q < this.#length; q++)
        rotate(
          data,
          this.#rowI[q]! * cols + start,
          this.#rowJ[q]! * cols + start,
          width,
          this.#cosine[q]!,
          this.#sine[q]!,
        );
    }
    this.#length = 0;
  }
}

function rotate(data: Float64Array, i: number, j: number, width: number, cosine: number, sine: number): void {
  for (let l = 0; l < width; l++) {
    const x = data[i + l]!;
    const y = data[j + l]!;
    data[i + l] = cosine * x + sine * y;
    data[j + l] = cosine * y - sine * x;
  }
}
