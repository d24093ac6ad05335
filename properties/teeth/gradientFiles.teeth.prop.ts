import { describe, it } from "vitest";
import type { RolloutRow } from "../../src/artifact/rolloutRow.ts";
import type { StageEvidence } from "../../src/uat/evidence/evidence.ts";
import { maskConsistency } from "../../src/uat/r2/maskConsistency.ts";
import { readSampleGradients } from "../../src/uat/evidence/readSampleGradients.ts";
import { manifest } from "../support/evidence.ts";
import { rejects } from "../support/rejects.ts";
import { type Mask, type MaskedRow, maskLaws } from "../uat/r2/maskConsistency.statements.ts";
import { type Read, readSampleGradientsLaws, type Stored } from "../uat/evidence/readSampleGradients.statements.ts";

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

const stored: Stored = { widths: [1, 2], padding: 1, steps: [{ rows: [[1, 2, 3]], scored: "tokens" }] };
const nothing = { moduleNames: [], widths: new Int32Array(0), bySteps: new Map(), scoredBySteps: new Map() };
const believing: Read = async (path) => ({ kind: "found", path, value: nothing });
const placesMadeUp: Read = async (...given) => {
  const reading = await readSampleGradients(...given);
  if (reading.kind !== "found") return reading;
  const scored = [...reading.value.scoredBySteps].map(
    ([step, rows]) => [step, rows.map((row) => ({ ...row, from: row.from ?? 0 }))] as const,
  );
  return { ...reading, value: { ...reading.value, scoredBySteps: new Map(scored) } };
};
const lastStepOnly: Read = (folder, stage, command) => readSampleGradients(folder, stage.slice(-1), command);
const anyGap: Read = async (folder, stage, command) => {
  const reading = await readSampleGradients(folder, stage, command);
  return reading.kind === "unusable" ? { kind: "missing", path: folder, command } : reading;
};

describe("teeth: readSampleGradients", () => {
  it("the round trip rejects: a reader that finds nothing, places made up", async () => {
    for (const wrong of [believing, placesMadeUp])
      await rejects(() => readSampleGradientsLaws.roundTrips(wrong, stored));
  });
  it("foreign files rejects: a reader that believes them, one that takes them for absent", async () => {
    for (const wrong of [believing, anyGap]) await rejects(() => readSampleGradientsLaws.refusesForeignFiles(wrong));
  });
  it("two models rejects: the last step alone", () =>
    rejects(() => readSampleGradientsLaws.refusesTwoModels(lastStepOnly)));
  it("missing or broken rejects: a file too few taken for none, none taken for broken", async () => {
    const noneIsBroken: Read = async (folder, stage, command) => {
      const reading = await readSampleGradients(folder, stage, command);
      return reading.kind === "missing" ? { ...reading, kind: "unusable", why: "absent" } : reading;
    };
    for (const wrong of [anyGap, noneIsBroken])
      await rejects(() => readSampleGradientsLaws.tellsMissingFromBroken(wrong));
  });
});
