/** Euclidean norm, scaled by the largest entry so that squares neither underflow nor overflow. */
export function norm(x: ArrayLike<number>): number {
  let scale = 0;
  for (let i = 0; i < x.length; i++) scale = Math.max(scale, Math.abs(x[i]!));
  if (scale === 0) return 0;
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i]! / scale) ** 2;
  return scale * Math.sqrt(sum);
}
