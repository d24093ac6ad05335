import type { Missing, Reading, Unusable } from "../evidence/evidence.ts";
import type { NoEvidence } from "./measurement.ts";

/** A measurement that could not be made, naming the command that makes the artifact. */
export function noEvidence(reading: Missing | Unusable): NoEvidence {
  const message =
    reading.kind === "missing"
      ? `no evidence: ${reading.path} is absent; make it with: ${reading.command}`
      : `evidence cannot be used: ${reading.why}; make it again with: ${reading.command}`;
  return { kind: "noEvidence", path: reading.path, message };
}

/** The first of several readings that is not there, or null when all are. */
export function firstAbsent(...readings: readonly Reading<unknown>[]): Missing | Unusable | null {
  for (const reading of readings) if (reading.kind !== "found") return reading;
  return null;
}
