import fc from "fast-check";
import { expect } from "vitest";
import { raggedBatch, type Sequence } from "../../src/decoder/raggedBatch.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { anySequences } from "../support/tinyModel.ts";
import { oneRow, ownTokens, shiftedMask } from "./changedBatches.ts";
import { smallWorld } from "./smallWorld.ts";
import { idsOf } from "./tinyPasses.ts";

type Pack = typeof raggedBatch;
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
