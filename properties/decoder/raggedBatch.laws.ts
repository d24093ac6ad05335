import fc from "fast-check";
import { expect } from "vitest";
import { raggedBatch, sequencesOfPadded, type Sequence } from "../../src/decoder/raggedBatch.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { anySequences } from "../support/tinyModel.ts";
import { oneRow, ownTokens, shiftedMask } from "./changedBatches.ts";
import { smallWorld } from "./smallWorld.ts";
import { idsOf } from "./tinyPasses.ts";

type Pack = typeof raggedBatch;
type Unpad = typeof sequencesOfPadded;

/** How much padding is on either side of each row, and what it is made of. */
interface Padding {
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly padId: number;
}

const raggedBatchLaws = {
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

const anyRows: fc.Arbitrary<readonly Sequence[]> = anySequences(9, 4);
const tooth = smallWorld.sequences;

lawsOf<Pack>("raggedBatch", raggedBatch, (law) => {
  law("predicts the next token: targets[j] = inputIds[scored[j] + 1], scored = rowStart + P - 1 + t", {
    else: "every log-probability is of the neighbouring token",
    for: [anyRows],
    holds: raggedBatchLaws.predictsTheNextToken,
    rejects: {
      "the mask shifted by one": [(rows) => shiftedMask(raggedBatch(rows)), tooth],
      "tokens scored on themselves": [(rows) => ownTokens(raggedBatch(rows)), tooth],
    },
  });

  law("lays samples end to end, each from position 0, nothing between them", {
    for: [anyRows],
    holds: raggedBatchLaws.laysEndToEnd,
    rejects: { "positions that run on across samples": [(rows) => oneRow(raggedBatch(rows)), tooth] },
  });
});

const widths = fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 4 });
const anyPadding: fc.Arbitrary<Padding> = fc.record({ left: widths, right: widths, padId: fc.nat({ max: 8 }) });
const padding: Padding = { left: [2], right: [1], padId: 4 };

lawsOf<Unpad>("sequencesOfPadded", sequencesOfPadded, (law) => {
  law("forgets padding: left, right or both, any width, any pad id -> the samples", {
    else: "padding reaches the network, and a loss depends on how a batch was padded",
    for: [anyRows, anyPadding],
    holds: raggedBatchLaws.forgetsPadding,
    rejects: {
      "a mask that is not read": [
        (ids, mask, completion) =>
          sequencesOfPadded(
            ids,
            mask.map((row) => row.map(() => 1)),
            completion,
          ),
        tooth,
        padding,
      ],
      "pad ids filtered by value": [
        (ids, mask, completion) =>
          sequencesOfPadded(
            ids,
            ids.map((row) => row.map((id) => Number(id !== padding.padId))),
            completion.map((row, b) => row.map((c, t) => c * mask[b]![t]!)),
          ),
        tooth,
        padding,
      ],
    },
  });
});
