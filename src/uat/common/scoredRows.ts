import { dot } from "../../numeric/linalg/blas1.ts";
import type { StageEvidence } from "../evidence/evidence.ts";
import type { SampleGradients } from "../evidence/sampleGradients.ts";
import { unitGradient } from "./unitGradient.ts";

/** A hacked row as R4 sees it. */
export interface HackedRow {
  readonly gtPass: boolean;
  readonly compLen: number;
  readonly problem: number | string;
  /** g / |g|, [R]; null where the gradient is exactly zero or no gradients were stored. */
  readonly unit: Float64Array | null;
  /** cos_S_contrib as the replay recorded it. */
  readonly recorded: number | null;
}

/** The hacked rows of a replay, with their stored gradients where there are any. */
export function hackedRows(stage: StageEvidence, gradients: SampleGradients | null): HackedRow[] {
  return stage.flatMap(({ step, rows }) => {
    const stored = gradients?.bySteps.get(step);
    return rows.flatMap((row, b) =>
      row.hacked
        ? [
            {
              gtPass: row.gtPass,
              compLen: row.compLen,
              problem: row.srcProblemId,
              unit: stored === undefined ? null : unitGradient(stored[b]!),
              recorded: row.cosSContrib,
            },
          ]
        : [],
    );
  });
}

/** A hacked row with its cosine. */
export interface RowCosine extends HackedRow {
  readonly cosine: number;
}

/** cos_S_contrib = sum_m <g_m, v_m> / |g|, recomputed in float64; rows without a gradient are left out. */
export function scoredAlong(rows: readonly HackedRow[], direction: Float64Array): RowCosine[] {
  return rows.flatMap((row) =>
    row.unit === null ? [] : [{ ...row, cosine: dot(row.unit, 0, direction, 0, direction.length) }],
  );
}

/** The cosines as recorded; rows without one are left out. */
export function scoredAsRecorded(rows: readonly HackedRow[]): RowCosine[] {
  return rows.flatMap((row) => (Number.isFinite(row.recorded) ? [{ ...row, cosine: row.recorded! }] : []));
}
