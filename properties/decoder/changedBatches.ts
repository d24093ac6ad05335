import type { RaggedBatch } from "../../src/decoder/raggedBatch.ts";

type Change = (batch: RaggedBatch) => RaggedBatch;

export const shiftedMask: Change = (batch) => ({ ...batch, scored: batch.scored.map((at) => at - 1) });
export const ownTokens: Change = (batch) => ({ ...batch, targets: batch.scored.map((at) => batch.inputIds[at]!) });
export const oneRow: Change = (batch) => ({
  ...batch,
  size: 1,
  rowStarts: Int32Array.of(0, batch.inputIds.length),
  positions: batch.inputIds.map((_, t) => t),
});
export const noPositions: Change = (batch) => ({ ...batch, positions: batch.positions.map(() => 0) });
export const backwards: Change = (batch) => ({ ...batch, positions: batch.positions.map((position) => -position) });
