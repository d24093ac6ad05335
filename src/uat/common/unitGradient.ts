import { norm } from "../../numeric/linalg/norm.ts";

/** g / |g| in float64, or null for a zero gradient: it has no direction. */
export function unitGradient(g: Float32Array): Float64Array | null {
  const length = norm(g);
  return length === 0 ? null : Float64Array.from(g, (value) => value / length);
}
