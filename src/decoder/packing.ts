import type { Segment } from "../nn/packedRows.ts";
import type { RaggedBatch } from "./raggedBatch.ts";

/** Which of a batch's tokens pass through the network, and where each sample's are among them. */
export interface Packing {
  /** tokens that pass: a prompt that samples share is among them once; Np <= N */
  readonly Np: number;
  /** where each of the samples' tokens passes, [N] */
  readonly places: Int32Array;
  readonly segments: readonly Segment[];
  readonly samples: readonly Segment[];
}

/**
 * Lay a batch's tokens end to end for the forward pass: a prompt that several samples share once, before the first of them;
 * every other sample whole.
 */
export function packingOf({ size, rowStarts, completionStarts, promptOf }: RaggedBatch): Packing {
  const places = new Int32Array(rowStarts[size]!);
  const isShared = new Set(promptOf.filter((first, b) => first !== b));
  const [segments, samples]: [Segment[], Segment[]] = [[], []];
  const prompts = new Map<number, Segment>();
  let Np = 0;
  const next = (length: number, prefix: Segment | null): Segment => {
    const segment = { start: Np, length, prefix };
    segments.push(segment);
    Np += length;
    return segment;
  };
  for (let b = 0; b < size; b++) {
    const [first, start, end] = [promptOf[b]!, rowStarts[b]!, rowStarts[b + 1]!];
    const T = completionStarts[b + 1]! - completionStarts[b]!;
    if (!isShared.has(first)) samples.push(next(end - start, null));
    else {
      const prompt = prompts.get(first) ?? next(end - start - T, null);
      prompts.set(first, prompt);
      samples.push(next(T, prompt));
      for (let t = 0; t < prompt.length; t++) places[start + t] = prompt.start + t;
    }
    const own = samples[b]!;
    for (let t = 0; t < own.length; t++) places[end - own.length + t] = own.start + t;
  }
  return { Np, places, segments, samples };
}
