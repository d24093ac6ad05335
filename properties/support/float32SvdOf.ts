import type { DenseWeight, WeightSvd } from "../../src/adapter/weightSvd/weightSvd.ts";
import { matrix } from "../../src/numeric/linalg/matrix.ts";
import { thinSvd } from "../../src/numeric/linalg/thinSvd.ts";

/** A weight's SVD as the cache stores it: computed in float64, U and Vh rounded to float32. */
export function float32SvdOf({ rows, cols, data }: DenseWeight): WeightSvd {
  const { u, s, vh } = thinSvd(matrix(rows, cols, data));
  return { u: Float32Array.from(u.data), s, vh: Float32Array.from(vh.data), r: s.length };
}
