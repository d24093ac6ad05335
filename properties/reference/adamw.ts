import type { AdamWHyperparameters } from "../../src/optim/adamw.ts";

interface ReferenceStep {
  readonly knobs: number[];
  readonly update: number[];
}

/** AdamW entry by entry in float64: the knobs and the update after every step. */
export function adamWReference(
  start: ArrayLike<number>,
  gradients: readonly ArrayLike<number>[],
  lr: number,
  { beta1, beta2, eps, weightDecay }: AdamWHyperparameters,
): ReferenceStep[] {
  const knobs = Array.from(start);
  const m = knobs.map(() => 0);
  const v = knobs.map(() => 0);
  return gradients.map((gradient, step) => {
    const t = step + 1;
    const update = knobs.map((knob, j) => {
      m[j] = beta1 * m[j]! + (1 - beta1) * gradient[j]!;
      v[j] = beta2 * v[j]! + (1 - beta2) * gradient[j]! ** 2;
      const mHat = m[j]! / (1 - beta1 ** t);
      const vHat = v[j]! / (1 - beta2 ** t);
      return -lr * weightDecay * knob - (lr * mHat) / (Math.sqrt(vHat) + eps);
    });
    update.forEach((step, j) => (knobs[j]! += step));
    return { knobs: [...knobs], update };
  });
}
