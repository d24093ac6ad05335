import { readStep } from "../../../src/artifact/manifest.ts";
import { drGrpoLoss } from "../../../src/loss/drGrpoLoss.ts";
import { logpsOfRows } from "../../../src/probe/grpo/logpsOfRows.ts";
import { ratioMeasurements } from "../../../src/probe/grpo/grpoRatios.ts";
import { runLayout } from "../../../src/artifact/runLayout.ts";
import { healthyPhase2, withMeasurements } from "../healthyPhase2.ts";
import type { Phase2Sabotage } from "../phase2Sabotage.ts";

/** Sequence-level log-probabilities against token-level ones: every ratio leaves the trust region. */
export const ratioSaturation: Phase2Sabotage = {
  name: "importance ratios saturated",
  breaks: "each token of a teacher row carries the row's summed log-probability as its old one",
  caughtAt: "R5",
  pointsAt: /ratios of teacher rows saturate/,
  run: async (bench, stage) => {
    const out = await bench.copyOfHonest(`ratioSaturation-${stage}`);
    const { rows } = await readStep(runLayout(out, "antipasto").pool, 0);
    const own = await logpsOfRows(bench.student.model, rows, rows.length);
    const teachers = await bench.withTeacher((teacher) => logpsOfRows(teacher.model, rows, rows.length));
    const summed = (logps: Float32Array) =>
      new Float32Array(logps.length).fill(logps.reduce((sum, logp) => sum + logp, 0));
    const ratioRows = own.map((logps, b) => {
      const oldLogps = stage === "honest" ? teachers[b]! : summed(teachers[b]!);
      const tokens = { logps, oldLogps, advantages: [1], completionStarts: [0, logps.length] };
      return drGrpoLoss(tokens, { clip: 0.2, denominator: logps.length });
    });
    const evidence = await healthyPhase2(out);
    return {
      ...evidence,
      arms: {
        ...evidence.arms,
        vanilla: withMeasurements(evidence.arms.vanilla, ratioMeasurements("teacher", ratioRows, 0.2)),
      },
    };
  },
};
