import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { raggedBatch, sequencesOfPadded } from "../../src/decoder/raggedBatch.ts";
import { anySequences } from "../support/tinyModel.ts";
import { raggedBatchLaws } from "./raggedBatch.statements.ts";

const sequences = anySequences(9, 4);
const widths = fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 4 });
const padding = fc.record({ left: widths, right: widths, padId: fc.nat({ max: 8 }) });

describe("raggedBatch", () => {
  // ELSE every log-probability is of the neighbouring token
  it("predicts the next token: targets[j] = inputIds[scored[j] + 1], scored = rowStart + P - 1 + t", () =>
    fc.assert(fc.property(sequences, (rows) => raggedBatchLaws.predictsTheNextToken(raggedBatch, rows))));

  it("lays samples end to end, each from position 0, nothing between them", () =>
    fc.assert(fc.property(sequences, (rows) => raggedBatchLaws.laysEndToEnd(raggedBatch, rows))));

  it("rejects a sample with nothing to score: P = 0 or T = 0 -> ConfigError", () => {
    expect(() => raggedBatch([{ promptIds: [], completionIds: [1] }])).toThrow(ConfigError);
    expect(() =>
      raggedBatch([
        { promptIds: [1], completionIds: [2] },
        { promptIds: [1], completionIds: [] },
      ]),
    ).toThrow("row 1");
  });
});

describe("sequencesOfPadded", () => {
  // ELSE padding reaches the network, and a loss depends on how a batch was padded
  it("forgets padding: left, right or both, any width, any pad id -> the samples", () =>
    fc.assert(
      fc.property(sequences, padding, (rows, pads) => raggedBatchLaws.forgetsPadding(sequencesOfPadded, rows, pads)),
    ));
});
