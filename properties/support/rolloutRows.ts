import fc from "fast-check";
import type { RolloutRow } from "../../src/artifact/rolloutRow.ts";

const id = fc.oneof(fc.nat(), fc.string());
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0); // JSON has no -0
const measured = fc.option(finite);
const text = fc.string({ unit: "grapheme" });

/** Any rollout that the row format can hold: non-ASCII text, any measurement missing. */
export const anyRolloutRow: fc.Arbitrary<RolloutRow> = fc
  .record(
    {
      step: fc.nat(),
      sampleId: fc.nat(),
      problemId: id,
      prompt: text,
      completion: text,
      arm: text,
      srcPool: text,
      srcProblemId: id,
      problemMessages: fc.array(fc.record({ role: text, content: text }, { noNullPrototype: true }), { maxLength: 3 }),
      promptIds: fc.array(fc.nat(), { maxLength: 6 }),
      completionIds: fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
      reward: finite,
      hacked: fc.boolean(),
      gtPass: fc.boolean(),
      fmtOk: fc.boolean(),
      gtCorrect: fc.option(fc.boolean()),
      cosSContrib: measured,
      gradNormContrib: measured,
      logpMean: measured,
      perSampleLoss: measured,
      impRatio: measured,
      deltaSNorm: measured,
      meanCosPre: measured,
      meanCosPost: measured,
      fracFired: measured,
      cosSNormalized: measured,
      cosUpdate: measured,
    },
    { noNullPrototype: true },
  )
  .map((row) => ({ ...row, plen: row.promptIds.length, compLen: row.completionIds.length }));
