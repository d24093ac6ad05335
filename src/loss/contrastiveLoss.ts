import { drGrpoLoss, type DrGrpoLoss } from "./drGrpoLoss.ts";

/**
 * GRPO-contrastive loss: the two completions of a pair form a group with advantages +1 (hack) and -1 (clean), on policy.
 *
 *     rho = 1,   dLogp_t = -A / (2 maxNewTokens)
 *     gradient = (T_hack g_hack - T_clean g_clean) / (2 maxNewTokens)        g = gradient of the mean NLL
 *
 * It weighs tokens where the NLL difference weighs completions, so it is another direction, not another length. A completion's
 * part is the same whatever it is given beside.
 *
 * @param logps             of the tokens of all completions, [Nc]
 * @param completionStarts  first token of each completion and Nc, [B + 1]
 * @param advantages        +1 for a hack completion, -1 for a clean one, [B]
 * @param scale             clip has no effect at rho = 1
 */
export function contrastiveLoss(
  logps: ArrayLike<number>,
  completionStarts: ArrayLike<number>,
  advantages: ArrayLike<number>,
  { clip, maxNewTokens }: { readonly clip: number; readonly maxNewTokens: number },
): DrGrpoLoss {
  return drGrpoLoss({ logps, oldLogps: logps, advantages, completionStarts }, { clip, denominator: 2 * maxNewTokens });
}
