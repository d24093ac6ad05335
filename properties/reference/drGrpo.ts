/**
 * Dr.GRPO with PPO clipping, one token at a time and from the definition alone: no derivative here, so that central
 * differences of it are an independent oracle.
 */
export function drGrpoTokenReference(logp: number, oldLogp: number, A: number, clip: number): number {
  const rho = Math.exp(logp - oldLogp);
  const clippedRho = rho < 1 - clip ? 1 - clip : rho > 1 + clip ? 1 + clip : rho;
  return -Math.min(rho * A, clippedRho * A);
}

/** K3 from the definition. */
export function k3TokenReference(logp: number, refLogp: number): number {
  return Math.exp(refLogp - logp) - (refLogp - logp) - 1;
}
