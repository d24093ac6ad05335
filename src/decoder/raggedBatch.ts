import { ConfigError } from "../errors.ts";

/** One sample: what was given and what is scored. */
export interface Sequence {
  readonly promptIds: ArrayLike<number>;
  readonly completionIds: ArrayLike<number>;
}

/**
 * Samples of any lengths, laid end to end.
 *
 * Padding never enters the network: N is the number of real tokens. The logits at `scored[j]` predict `targets[j]`: the
 * first completion token is scored by the last prompt position. A prompt that samples share passes through it once (packing.ts).
 */
export interface RaggedBatch {
  /** B */
  readonly size: number;
  /** [N] */
  readonly inputIds: Int32Array;
  /** position of each token in its own sequence, [N] */
  readonly positions: Int32Array;
  /** first token of each sample and N, [B + 1] */
  readonly rowStarts: Int32Array;
  /** position in the packed tokens whose logits predict each completion token, [Nc] */
  readonly scored: Int32Array;
  /** the completion tokens, [Nc] */
  readonly targets: Int32Array;
  /** first completion token of each sample among the Nc, and Nc, [B + 1] */
  readonly completionStarts: Int32Array;
  /** the first sample with the same prompt, or itself, [B] */
  readonly promptOf: Int32Array;
}

/** @throws ConfigError when a sample has no prompt token or no completion token: it has nothing to score */
export function raggedBatch(sequences: readonly Sequence[]): RaggedBatch {
  const inputIds: number[] = [];
  const positions: number[] = [];
  const scored: number[] = [];
  const targets: number[] = [];
  const rowStarts = [0];
  const completionStarts = [0];
  const prompts = new Map<string, number>();
  const promptOf: number[] = [];
  for (const [row, { promptIds, completionIds }] of sequences.entries()) {
    const [P, T] = [promptIds.length, completionIds.length];
    if (P === 0 || T === 0)
      throw new ConfigError(`row ${row}: expected at least one prompt and one completion token, got ${P} and ${T}`);
    const start = inputIds.length;
    for (let t = 0; t < P + T; t++) {
      inputIds.push(t < P ? promptIds[t]! : completionIds[t - P]!);
      positions.push(t);
    }
    for (let t = 0; t < T; t++) {
      scored.push(start + P - 1 + t);
      targets.push(completionIds[t]!);
    }
    const name = Array.from(promptIds).join();
    const first = prompts.get(name) ?? row;
    prompts.set(name, first);
    promptOf.push(first);
    rowStarts.push(inputIds.length);
    completionStarts.push(targets.length);
  }
  return {
    size: sequences.length,
    inputIds: Int32Array.from(inputIds),
    positions: Int32Array.from(positions),
    rowStarts: Int32Array.from(rowStarts),
    scored: Int32Array.from(scored),
    targets: Int32Array.from(targets),
    completionStarts: Int32Array.from(completionStarts),
    promptOf: Int32Array.from(promptOf),
  };
}

/** The same samples, each of whose prompts passes through the network by itself. */
export function withoutSharing(batch: RaggedBatch): RaggedBatch {
  return { ...batch, promptOf: batch.promptOf.map((_, b) => b) };
}
