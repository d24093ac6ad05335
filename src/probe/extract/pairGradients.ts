import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { ChatTokenizer } from "../../checkpoint/tokenizer.ts";
import { forward } from "../../decoder/perSampleGradients.ts";
import { raggedBatch, type Sequence } from "../../decoder/raggedBatch.ts";
import { contrastiveLoss } from "../../loss/contrastiveLoss.ts";
import { nllLoss } from "../../loss/nllLoss.ts";
import { chunksOf } from "../../numeric/chunksOf.ts";
import { differencesOf, type Differences } from "../../vhack/differences.ts";
import type { ContrastPair } from "../../vhack/pairs.ts";
import { expectKnownIds, expectNoPadding, expectPositions, type IdsOfRow } from "../expectRowFits.ts";
import type { LoadedModel } from "../loadedModel.ts";
import type { Progress } from "../progress.ts";
import { renderedPrompt } from "../renderedPrompt.ts";
import type { Student } from "../run.ts";

/** dL/dlogp of completions' tokens, and what a pair's difference is made of. */
export interface PairLoss {
  readonly name: "nll" | "grpo";
  /** @param advantages  +1 for a hack completion, -1 for a clean one, [B] */
  dLogps(logps: Float32Array, completionStarts: Int32Array, advantages: readonly number[]): Float64Array;
  /** factor of the clean completion's gradient in the difference: NLL takes it away, the contrastive loss already has its sign */
  readonly cleanFactor: 1 | -1;
}

/** d = g(hack) - g(clean), gradients of each completion's mean NLL. */
export const nllPairLoss: PairLoss = {
  name: "nll",
  dLogps: (logps, starts) => nllLoss(logps, starts).dLogps,
  cleanFactor: -1,
};

/** d = gradient of the Dr.GRPO loss of the group {hack: A = +1, clean: A = -1}. */
export function grpoPairLoss(clip: number, maxNewTokens: number): PairLoss {
  return {
    name: "grpo",
    dLogps: (logps, starts, advantages) => contrastiveLoss(logps, starts, advantages, { clip, maxNewTokens }).dLogps,
    cleanFactor: 1,
  };
}

/** The differences, and the mean over pairs of either completion's gradient as the loss gave it, [M, P] each. */
export interface PairGradients extends Differences {
  readonly meanHack: Float64Array;
  readonly meanClean: Float64Array;
}

/** Whose gradients, and how many completions pass through the model at once. */
export interface PairRun extends Student {
  readonly rowsAtOnce: number;
  readonly progress: Progress;
}

/**
 * One gradient difference per contrast pair, at the given knobs.
 *
 * @param knobs  merged into the model already, [M, P]
 */
export async function pairGradients(
  { loaded, adapter, rowsAtOnce, progress }: PairRun,
  knobs: Tensor2D,
  pairs: readonly ContrastPair[],
  loss: PairLoss,
): Promise<PairGradients> {
  const size = adapter.layout.moduleNames.length * adapter.layout.P;
  const data = new Float64Array(pairs.length * size);
  const [meanHack, meanClean] = [new Float64Array(size), new Float64Array(size)];
  const completions = pairs.flatMap((pair) => fittingSequences(pair, loaded));
  const task = progress.begin(`pair gradients (${loss.name})`, completions.length, "completions");
  for (const [c, chunk] of chunksOf(completions, rowsAtOnce).entries()) {
    const batch = raggedBatch(chunk);
    const rows = chunk.map((_, i) => c * rowsAtOnce + i); // even: a hack completion, odd: the clean one of its pair
    const advantages = rows.map((row) => (row % 2 === 0 ? 1 : -1));
    const pass = await forward(loaded.model, batch);
    const gradients = pass.backward(adapter, knobs, loss.dLogps(pass.logps, batch.completionStarts, advantages));
    const values = await gradients.data();
    gradients.dispose();
    for (const [i, row] of rows.entries()) {
      const [mean, factor] = row % 2 === 0 ? [meanHack, 1] : [meanClean, loss.cleanFactor];
      const into = Math.floor(row / 2) * size;
      for (let j = 0; j < size; j++) {
        data[into + j]! += factor * values[i * size + j]!;
        mean[j]! += values[i * size + j]! / pairs.length;
      }
    }
    task.advance(chunk.length);
  }
  task.end();
  return { ...differencesOf(pairs.length, adapter.layout, data), meanHack, meanClean };
}

/** @throws ArtifactError, ConfigError  ids that are padded or unknown to the model, or a completion past its positions */
function fittingSequences(pair: ContrastPair, { model, tokenizer, stop }: LoadedModel): Sequence[] {
  const where = `pair ${pair.pairId}`;
  const sequences = sequencesOf(pair, tokenizer);
  for (const sequence of sequences) {
    const { promptIds, completionIds } = sequence;
    expectKnownIds(model.config, [...promptIds, ...completionIds], where);
    expectPositions(model.config, promptIds.length + completionIds.length, where);
    const { padTokenId: padId, bosTokenId: bosId } = tokenizer;
    if (pair.kind === "tokens") expectNoPadding(sequence, { padId, bosId, stopIds: stop.ids }, where);
  }
  return sequences;
}

/** The hack completion, then the clean one. Text ends in the end-of-turn token, as a sampled completion does. */
function sequencesOf(pair: ContrastPair, tokenizer: ChatTokenizer): [IdsOfRow, IdsOfRow] {
  if (pair.kind === "tokens") {
    const { promptIds } = pair;
    return [
      { promptIds, completionIds: pair.hackIds },
      { promptIds, completionIds: pair.cleanIds },
    ];
  }
  const { promptIds } = renderedPrompt(pair.promptMessages, tokenizer);
  const ended = (text: string): number[] => [...tokenizer.encode(text), tokenizer.eosTokenId];
  return [
    { promptIds, completionIds: ended(pair.hack) },
    { promptIds, completionIds: ended(pair.clean) },
  ];
}
