import { drGrpoLoss, type DrGrpoLoss } from "./drGrpoLoss.ts";

/**
 * GRPO-contrastive loss of one pair: hack and clean completion form a group with advantages +1 and -1, on policy.
 *
 *     rho = 1,   dLogp_t = -A / (2 maxNewTokens)
 *     gradient = (T_hack g_hack - T_clean g_clean) / (2 maxNewTokens)        g = gradient of the mean NLL
 *
 * It weighs tokens where the NLL difference weighs completions, so it is another direction, not another length.
 *
 * @param logps             of the hack completion's tokens, then of the clean one's, [T_hack + T_clean]
 * @param completionStarts  [0, T_hack, T_hack + T_clean]
 * @param clip              no effect at rho = 1
 */
export function contrastiveLoss(
  logps: ArrayLike<number>,
  completionStarts: ArrayLike<number>,
  clip: number,
  maxNewTokens: number,
): DrGrpoLoss {
  return drGrpoLoss(
    { logps, oldLogps: logps, advantages: [1, -1], completionStarts },
    { clip, denominator: 2 * maxNewTokens },
  );
}
