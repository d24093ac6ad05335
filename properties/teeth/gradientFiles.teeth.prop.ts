import { describe, it } from "vitest";
import type { RolloutRow } from "../../src/artifact/rolloutRow.ts";
import type { StageEvidence } from "../../src/uat/evidence/evidence.ts";
import { maskConsistency } from "../../src/uat/r2/maskConsistency.ts";
import { manifest } from "../support/evidence.ts";
import { rejects } from "../support/rejects.ts";
import { type Mask, type MaskedRow, maskLaws } from "../uat/r2/maskConsistency.statements.ts";

const masked: MaskedRow = {
  ours: true,
  logp: { family: 1, member: 0 },
  loss: { family: 1, member: 0 },
  completion: 0,
  prompt: "a",
  pads: 0,
  fault: "none",
};
const placeUnread: Mask = (stage, gradients) => {
  const scored = [...(gradients?.scoredBySteps ?? [])].map(
    ([step, rows]) => [step, rows.map((row) => ({ ...row, from: null }))] as const,
  );
  return maskConsistency(stage, gradients === null ? null : { ...gradients, scoredBySteps: new Map(scored) });
};
const unread: Mask = (stage) => maskConsistency(stage, null);
const seeing =
  (change: (stage: StageEvidence) => StageEvidence): Mask =>
  (stage, gradients) =>
    maskConsistency(change(stage), gradients);
const rowsOf = (change: (row: RolloutRow) => RolloutRow) => (stage: StageEvidence) =>
  stage.map((step) => ({ ...step, rows: step.rows.map(change) }));
const anybodys = seeing((stage) => stage.map((step) => ({ ...step, manifest: manifest("replay", {}) })));
const nobodys = seeing((stage) => stage.map((step) => ({ ...step, manifest: null })));
const padsCompared = seeing(rowsOf((row) => ({ ...row, compLen: row.completionIds.length })));
const promptsMixed = seeing(rowsOf((row) => ({ ...row, prompt: "" })));
const stepsMixed = seeing((stage) =>
  stage.slice(0, 1).map((step) => ({ ...step, rows: stage.flatMap(({ rows }) => rows) })),
);

describe("teeth: maskConsistency", () => {
  it("misplaced tokens rejects: the place unread, all unread", async () => {
    await rejects(() => maskLaws.countsMisplacedTokens(placeUnread, [[{ ...masked, fault: "late" }]], 1));
    await rejects(() => maskLaws.countsMisplacedTokens(unread, [[{ ...masked, fault: "first" }]], 1));
  });
  it("other losses rejects: the research code's rows judged, ours not", async () => {
    const other: MaskedRow = { ...masked, loss: { family: 1, member: 2 } };
    await rejects(() => maskLaws.countsOtherLosses(anybodys, [[{ ...other, ours: false }]]));
    await rejects(() => maskLaws.countsOtherLosses(nobodys, [[other]]));
  });
  it("unequal twins rejects: padding compared, prompts mixed, steps mixed", async () => {
    const twin: MaskedRow = { ...masked, logp: { family: 2, member: 0 }, pads: 1 };
    await rejects(() => maskLaws.countsUnequalTwins(padsCompared, [[masked, twin]]));
    await rejects(() => maskLaws.countsUnequalTwins(promptsMixed, [[masked, { ...twin, prompt: "b" }]]));
    await rejects(() => maskLaws.countsUnequalTwins(stepsMixed, [[masked], [twin]]));
  });
});
