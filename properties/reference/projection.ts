import { norm } from "../support/tolerance.ts";

export type GateName = "one_sided" | "no_gate" | "reverse";
type Vector = ArrayLike<number>;

const dot = (a: Vector, b: Vector): number => Array.from(a).reduce((sum, value, j) => sum + value * b[j]!, 0);

/** One module in float64, naively: g [r], V [k][r]. */
export function projectReference(
  g: Vector,
  V: readonly Vector[],
  gate: GateName,
  overshoot: number,
  preserveMagnitude: boolean,
): number[] {
  const projected = Array.from(g);
  for (const v of V) {
    const c = dot(v, g);
    const amount = overshoot * { one_sided: Math.max(c, 0), no_gate: c, reverse: 2 * c }[gate];
    for (let j = 0; j < projected.length; j++) projected[j]! -= amount * v[j]!;
  }
  if (!preserveMagnitude) return projected;
  const scale = norm(g) / Math.max(norm(projected), 1e-12);
  return projected.map((value) => value * scale);
}

/** Signed and relu cosine of one module in float64; zero rows of V are no directions. */
export function moduleCosinesReference(g: Vector, V: readonly Vector[]): { signed: number; relu: number } {
  const length = norm(g);
  if (length === 0) return { signed: 0, relu: 0 };
  const c = V.map((v) => dot(v, g) / length);
  const k = V.filter((v) => norm(v) > 0).length;
  return {
    signed: k === 0 ? 0 : c.reduce((sum, value) => sum + value, 0) / Math.sqrt(k),
    relu: norm(c.map((value) => Math.max(value, 0))),
  };
}

/** One sample over all its modules in float64: gradients [M][r], directions [M][k][r]. Null for a zero gradient. */
export function cosSContribReference(
  gradients: readonly Vector[],
  directions: readonly (readonly Vector[])[],
): number | null {
  const length = norm(gradients.map(norm));
  if (length === 0) return null;
  return gradients.reduce(
    (sum, g, m) => sum + moduleCosinesReference(g, directions[m]!).signed * (norm(g) / length),
    0,
  );
}
