import type { StepEvidence } from "../evidence/evidence.ts";

/** What one projected step recorded. NaN where it recorded nothing: no comparison holds then. */
export interface RecordedCosines {
  readonly step: number;
  readonly cosIn: number;
  readonly cosOut: number;
  readonly fracFired: number;
}

/** A step's figures stand on each of its rows; a foreign tool's may stand on some, and a pair of cosines is one row's. */
export function recordedCosines({ step, rows }: StepEvidence): RecordedCosines {
  const row = rows.find(({ meanCosPre, meanCosPost }) => meanCosPre !== null && meanCosPost !== null) ?? rows[0];
  const orNaN = (value: number | null | undefined) => value ?? Number.NaN;
  return { step, cosIn: orNaN(row?.meanCosPre), cosOut: orNaN(row?.meanCosPost), fracFired: orNaN(row?.fracFired) };
}
