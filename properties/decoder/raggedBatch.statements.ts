import { expect } from "vitest";
import type { raggedBatch, Sequence, sequencesOfPadded } from "../../src/decoder/raggedBatch.ts";
import { idsOf } from "./tinyPasses.ts";

export type Pack = typeof raggedBatch;
export type Unpad = typeof sequencesOfPadded;

/** How much padding stands on either side of each row, and what it is made of. */
export interface Padding {
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly padId: number;
}

export const raggedBatchLaws = {
  /** The off-by-one of every trainer: logits at position t predict token t + 1. */
  predictsTheNextToken(pack: Pack, sequences: readonly Sequence[]): void {
    const { inputIds, positions, rowStarts, scored, targets, completionStarts } = pack(sequences);
    const count = completionStarts.at(-1)!;
    expect([scored.length, targets.length]).toEqual([count, count]);
    scored.forEach((at, j) => {
      expect(targets[j]).toBe(inputIds[at + 1]);
      expect(positions[at + 1]).toBe(positions[at]! + 1);
    });
    sequences.forEach(({ promptIds, completionIds }, b) => {
      const own = scored.subarray(completionStarts[b], completionStarts[b + 1]);
      expect([...own]).toEqual(Array.from(completionIds, (_, t) => rowStarts[b]! + promptIds.length - 1 + t));
      expect([...targets.subarray(completionStarts[b], completionStarts[b + 1])]).toEqual(Array.from(completionIds));
    });
  },

  laysEndToEnd(pack: Pack, sequences: readonly Sequence[]): void {
    const { size, inputIds, positions, rowStarts } = pack(sequences);
    expect(size).toBe(sequences.length);
    expect([...inputIds]).toEqual(sequences.flatMap(idsOf));
    expect([...positions]).toEqual(sequences.flatMap((sequence) => idsOf(sequence).map((_, t) => t)));
    expect([...rowStarts]).toEqual(
      sequences.reduce((starts, sequence) => [...starts, starts.at(-1)! + idsOf(sequence).length], [0]),
    );
  },

  /** However a batch is padded, the same samples come out of it; a pad id that is also a token stays a token. */
  forgetsPadding(unpad: Unpad, sequences: readonly Sequence[], { left, right, padId }: Padding): void {
    const pad = (count: number, value: number) => new Array<number>(count).fill(value);
    const rows = (ofPadding: number, ofPrompt: (id: number) => number, ofCompletion: (id: number) => number) =>
      sequences.map(({ promptIds, completionIds }, b) => [
        ...pad(left[b % left.length]!, ofPadding),
        ...Array.from(promptIds, ofPrompt),
        ...Array.from(completionIds, ofCompletion),
        ...pad(right[b % right.length]!, ofPadding),
      ]);
    const inputIds = rows(
      padId,
      (id) => id,
      (id) => id,
    );
    expect(
      unpad(
        inputIds,
        rows(
          0,
          () => 1,
          () => 1,
        ),
        rows(
          0,
          () => 0,
          () => 1,
        ),
      ),
    ).toEqual(sequences);
    // a completion mask that also marks padding marks nothing
    expect(
      unpad(
        inputIds,
        rows(
          0,
          () => 1,
          () => 1,
        ),
        rows(
          1,
          () => 0,
          () => 1,
        ),
      ),
    ).toEqual(sequences);
  },
};
