import type { Measured, Measurement } from "../../src/uat/common/measurement.ts";

/** What was measured of this evidence; a law about figures needs some. */
export function measured<Seen>(measure: (seen: Seen) => Measurement, seen: Seen): Measured {
  const measurement = measure(seen);
  if (measurement.kind !== "measured") throw new Error(`expected a measurement, got ${measurement.message}`);
  return measurement;
}

/** A criterion with what it measured changed on the way. */
export const measuring =
  <Seen>(measure: (seen: Seen) => Measurement, change: (measured: Measured) => Measured) =>
  (seen: Seen) => {
    const measurement = measure(seen);
    return measurement.kind === "measured" ? change(measurement) : measurement;
  };
