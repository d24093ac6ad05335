import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Adapter } from "../../adapter/adapter.ts";
import { contrastiveLoss } from "../../loss/contrastiveLoss.ts";
import { nllLoss } from "../../loss/nllLoss.ts";
import { forward } from "../../decoder/perSampleGradients.ts";
import { raggedBatch, type Sequence } from "../../decoder/raggedBatch.ts";
import type { ChatTokenizer } from "../../checkpoint/tokenizer.ts";
import { differencesOf, type Differences } from "../../vhack/differences.ts";
import type { ContrastPair } from "../../vhack/pairs.ts";
import type { Progress } from "../progress.ts";
import type { Student } from "../student.ts";

/** dL/dlogp of one pair's tokens, hack completion first, and what the pair's difference is made of. */
export interface PairLoss {
  readonly name: "nll" | "grpo";
  dLogps(logps: Float32Array, completionStarts: Int32Array): Float64Array;
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
    dLogps: (logps, starts) => contrastiveLoss(logps, starts, clip, maxNewTokens).dLogps,
    cleanFactor: 1,
  };
}

/** The differences, and the mean over pairs of either completion's gradient as the loss gave it, [M, P] each. */
export interface PairGradients extends Differences {
  readonly meanHack: Float64Array;
  readonly meanClean: Float64Array;
}

/**
 * One gradient difference per contrast pair, at the given knobs.
 *
 * @param pairsAtOnce  pairs per batch; two rows each
 */
export async function pairGradients(
  { model, tokenizer }: Student,
  adapter: Adapter,
  knobs: Tensor2D,
  pairs: readonly ContrastPair[],
  loss: PairLoss,
  pairsAtOnce: number,
  progress: Progress,
): Promise<PairGradients> {
  const { moduleNames, P } = adapter.layout;
  const size = moduleNames.length * P;
  const data = new Float64Array(pairs.length * size);
  const [meanHack, meanClean] = [new Float64Array(size), new Float64Array(size)];
  const task = progress.begin(`pair gradients (${loss.name})`, pairs.length, "pairs");
  for (let start = 0; start < pairs.length; start += pairsAtOnce) {
    const chunk = pairs.slice(start, start + pairsAtOnce);
    const batch = raggedBatch(chunk.flatMap((pair) => sequencesOf(pair, tokenizer)));
    const pass = await forward(model, batch);
    const gradients = pass.backward(adapter, knobs, dLogpsOf(loss, pass.logps, batch.completionStarts));
    const values = await gradients.data();
    gradients.dispose();
    chunk.forEach((_, i) => {
      const [hack, clean, into] = [2 * i * size, (2 * i + 1) * size, (start + i) * size];
      for (let j = 0; j < size; j++) {
        data[into + j] = values[hack + j]! + loss.cleanFactor * values[clean + j]!;
        meanHack[j]! += values[hack + j]! / pairs.length;
        meanClean[j]! += values[clean + j]! / pairs.length;
      }
    });
    task.advance(chunk.length);
  }
  task.end();
  return { ...differencesOf(pairs.length, adapter.layout, data), meanHack, meanClean };
}

/** Pair by pair: a pair is its own group. */
function dLogpsOf(loss: PairLoss, logps: Float32Array, starts: Int32Array): Float32Array {
  const dLogps = new Float32Array(logps.length);
  for (let row = 0; row + 2 < starts.length; row += 2) {
    const [from, middle, to] = [starts[row]!, starts[row + 1]!, starts[row + 2]!];
    dLogps.set(loss.dLogps(logps.subarray(from, to), Int32Array.of(0, middle - from, to - from)), from);
  }
  return dLogps;
}

/** The hack completion, then the clean one. Text ends in the end-of-turn token, as a sampled completion does. */
function sequencesOf(pair: ContrastPair, tokenizer: ChatTokenizer): [Sequence, Sequence] {
  if (pair.kind === "tokens") {
    const { promptIds } = pair;
    return [
      { promptIds, completionIds: pair.hackIds },
      { promptIds, completionIds: pair.cleanIds },
    ];
  }
  const prompt = tokenizer.renderChat(pair.promptMessages, { addGenerationPrompt: true, enableThinking: false });
  const promptIds = tokenizer.encode(prompt);
  const ended = (text: string): number[] => [...tokenizer.encode(text), tokenizer.eosTokenId];
  return [
    { promptIds, completionIds: ended(pair.hack) },
    { promptIds, completionIds: ended(pair.clean) },
  ];
}
