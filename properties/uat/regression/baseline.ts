import type { VHackBaseline } from "../../../src/uat/regression/vHackBaseline.ts";

/** A baseline that only the words of its provenance would change. */
export const baseline: VHackBaseline = {
  t: 5,
  tLow: 3,
  tHigh: 7,
  effectSize: 1,
  largestAngleDegrees: 10,
  provenance: {
    why: "w",
    source: "s",
    vHackSha256: "v",
    modelHash: "m",
    pairsSha256: "p",
    contrasts: "c",
    problems: 6,
    rows: 48,
    seed: 1,
    softwareVersion: "x",
  },
};
