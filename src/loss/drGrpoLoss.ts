import { ConfigError, NonFiniteError, ShapeError } from "../errors.ts";
import { expectPackedTokens, type LossAndGradient } from "./packedTokens.ts";

/** What the policy gradient needs of a step's rows; tokens of all completions end to end. */
export interface PolicyTokens {
  readonly logps: ArrayLike<number>; // [Nc], nats, of the policy that is trained
  readonly oldLogps: ArrayLike<number>; // [Nc], of the policy that generated the row
  readonly advantages: ArrayLike<number>; // [B]
  readonly completionStarts: ArrayLike<number>; // [B + 1]
}

/** The trust region and the fixed length that the loss is divided by. */
export interface DrGrpoScale {
  readonly clip: number; // 0.2
  readonly denominator: number; // G * maxNewTokens * promptsPerStep: the same whatever was generated
}

export interface DrGrpoLoss extends LossAndGradient {
  readonly ratios: Float64Array; // [Nc], rho of every token
  readonly perSampleRatio: Float64Array; // [B], mean of a row's ratios: its imp_ratio
  readonly clipped: Uint8Array; // [Nc], 1 where the clipped branch is active: the token's gradient is 0
}

/**
 * Dr.GRPO policy loss with PPO clipping.
 *
 *     rho     = exp(logp - oldLogp)
 *     loss    = sum_t -min(rho A, clip(rho, 1 - eps, 1 + eps) A) / denominator
 *     dLogp_t = -rho A / denominator, or 0 where the clipped branch is active:
 *               rho > 1 + eps and A > 0, or rho < 1 - eps and A < 0
 *
 * Exactly on a clip edge the branches are equal and the gradient is the unclipped one. A sample with A = 0 contributes nothing.
 * Every completion token counts, whatever its id; no division by length or standard deviation.
 *
 * @throws ShapeError, NonFiniteError  see expectPackedTokens; NonFiniteError also when a ratio overflows
 * @throws ConfigError                 clip outside (0, 1) or denominator <= 0
 * @see Liu et al. 2025, arXiv:2503.20783; Schulman et al. 2017, arXiv:1707.06347, equation 7
 */
export function drGrpoLoss(tokens: PolicyTokens, scale: DrGrpoScale): DrGrpoLoss {
  const { logps, oldLogps, advantages, completionStarts } = tokens;
  const { clip, denominator } = scale;
  const B = expectPolicyTokens(tokens, scale);
  const perSampleLoss = new Float64Array(B);
  const dLogps = new Float64Array(logps.length);
  const ratios = new Float64Array(logps.length);
  const perSampleRatio = new Float64Array(B);
  const clipped = new Uint8Array(logps.length);
  for (let b = 0; b < B; b++) {
    const A = advantages[b]!;
    const [start, end] = [completionStarts[b]!, completionStarts[b + 1]!];
    for (let t = start; t < end; t++) {
      const rho = Math.exp(logps[t]! - oldLogps[t]!);
      ratios[t] = rho;
      perSampleRatio[b]! += rho;
      clipped[t] = Number((rho > 1 + clip && A > 0) || (rho < 1 - clip && A < 0));
      const bounded = Math.min(Math.max(rho, 1 - clip), 1 + clip);
      perSampleLoss[b]! -= Math.min(rho * A, bounded * A) / denominator;
      dLogps[t] = clipped[t] === 1 || A === 0 ? 0 : (-rho * A) / denominator;
    }
    perSampleRatio[b]! /= end - start;
  }
  const loss = perSampleLoss.reduce((sum, value) => sum + value, 0);
  if (!Number.isFinite(loss) || !ratios.every(Number.isFinite))
    throw new NonFiniteError(
      `drGrpoLoss: expected finite importance ratios, got a loss of ${loss}; are oldLogps those of these very tokens?`,
    );
  return { loss, perSampleLoss, dLogps, ratios, perSampleRatio, clipped };
}

function expectPolicyTokens(
  { logps, oldLogps, advantages, completionStarts }: PolicyTokens,
  { clip, denominator }: DrGrpoScale,
): number {
  const B = expectPackedTokens("drGrpoLoss: logps", logps, completionStarts);
  expectPackedTokens("drGrpoLoss: oldLogps", oldLogps, completionStarts);
  if (advantages.length !== B) throw new ShapeError(`drGrpoLoss: expected ${B} advantages, got ${advantages.length}`);
  const broken = Array.from(advantages).find((A) => !Number.isFinite(A));
  if (broken !== undefined) throw new NonFiniteError(`drGrpoLoss: expected finite advantages, got ${broken}`);
  if (!(clip > 0 && clip < 1)) throw new ConfigError(`drGrpoLoss: expected clip in (0, 1), got ${clip}`);
  if (!(denominator > 0))
    throw new ConfigError(
      `drGrpoLoss: expected a denominator > 0 (G * maxNewTokens * promptsPerStep), got ${denominator}`,
    );
  return B;
}
