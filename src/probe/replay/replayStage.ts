import type { RolloutRow } from "../../artifact/rolloutRow.ts";
import { nllLoss } from "../../loss/nllLoss.ts";
import type { LossAndGradient } from "../../loss/packedTokens.ts";
import { AdamW, type AdamWHyperparameters } from "../../optim/adamw.ts";
import type { Optimizer, OptimizerState } from "../../optim/optimizer.ts";
import { forward } from "../../decoder/perSampleGradients.ts";
import { raggedBatch } from "../../decoder/raggedBatch.ts";

/** The functions that a replay is made of: replaced one by one only in sabotages, which show that the gate sees it. */
export interface ReplayStage {
  readonly batch: typeof raggedBatch;
  /** loss of the step's rows and its derivative, from the log-probabilities of their completion tokens, [Nc] */
  readonly loss: (rows: readonly RolloutRow[], logps: Float32Array, completionStarts: Int32Array) => LossAndGradient;
  readonly forward: typeof forward;
  /** @param state  null for an optimizer that has taken no step */
  readonly optimizer: (
    M: number,
    P: number,
    hyperparameters: AdamWHyperparameters,
    state: OptimizerState | null,
  ) => Optimizer;
}

/** What the product runs: the completion NLL, whatever the rewards, and AdamW. */
export const replayStage: ReplayStage = {
  batch: raggedBatch,
  loss: (_, logps, completionStarts) => nllLoss(logps, completionStarts),
  forward,
  optimizer: (M, P, hyperparameters, state) =>
    state === null ? AdamW.start(M, P, hyperparameters) : AdamW.resume(M, P, hyperparameters, state),
};
