import type { StepEvidence } from "../evidence/evidence.ts";

/** What one projected step recorded. NaN where it recorded nothing: no comparison holds then. */
export interface RecordedCosines {
  readonly step: number;
  readonly cosIn: number;
  readonly cosOut: number;
  readonly fracFired: number;
}

/**
 * The cosines of a step. Every row repeats them. Files from other tools may set them on some rows only, so both are taken
 * from the first row that has both.
 */
export function recordedCosines({ step, rows }: StepEvidence): RecordedCosines {
  const row = rows.find(({ meanCosPre, meanCosPost }) => meanCosPre !== null && meanCosPost !== null) ?? rows[0];
  const orNaN = (value: number | null | undefined) => value ?? Number.NaN;
  return { step, cosIn: orNaN(row?.meanCosPre), cosOut: orNaN(row?.meanCosPost), fracFired: orNaN(row?.fracFired) };
}
