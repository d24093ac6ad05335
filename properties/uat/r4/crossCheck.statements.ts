import { expect } from "vitest";
import type { Evidence, StageEvidence, VHackEvidence } from "../../../src/uat/evidence/evidence.ts";
import type { Condition } from "../../../src/uat/common/measurement.ts";
import type { SampleGradients } from "../../../src/uat/evidence/sampleGradients.ts";
import { manifest, rolloutRow } from "../../support/evidence.ts";
import { goldenTolerance, norm } from "../../support/tolerance.ts";

export type CrossCheck = (
  given: Pick<Evidence, "vHackIsGiven">,
  vanilla: StageEvidence,
  gradients: SampleGradients,
  vHack: VHackEvidence,
  direction: Float64Array,
) => readonly Condition[];

/** A stored gradient of two modules of two numbers each, and what its row records. */
export interface Recorded {
  readonly gradient: readonly number[];
  readonly normOff: number; // by how many tolerances the recorded norm is off
  readonly cosineOff: number;
  readonly isMissing: boolean; // the row records neither
}

/** v_hack of a unit vector in either module: cosines reach sqrt 2. */
const direction = Float64Array.of(0.6, 0.8, 0, -1);
const vHack: VHackEvidence = { vHack: { modules: new Map(), metadata: {} }, sha256: "v" };

/** cos_S by the definition; 0 where there is no gradient. */
function cosine(gradient: readonly number[]): number {
  const length = norm(gradient);
  return length === 0 ? 0 : gradient.reduce((sum, value, i) => sum + value * direction[i]!, 0) / length;
}
const cosineTolerance = (gradient: readonly number[]) =>
  goldenTolerance.cosines * Math.max(1, Math.abs(cosine(gradient)));

function stageOf(
  told: readonly Recorded[],
  hashes: readonly (string | null)[],
): { stage: StageEvidence; gradients: SampleGradients } {
  const rows = told.map(({ gradient, normOff, cosineOff, isMissing }, sampleId) =>
    rolloutRow({
      sampleId,
      gradNormContrib: isMissing ? null : norm(gradient) * (1 + normOff * goldenTolerance.gradients),
      cosSContrib: isMissing ? null : cosine(gradient) + cosineOff * cosineTolerance(gradient),
    }),
  );
  const stored = told.map(({ gradient }) => Float32Array.from(gradient));
  return {
    // later steps have no gradient file: nothing can be said of them
    stage: hashes.map((vHackHash, step) => ({
      step,
      path: "",
      rows,
      manifest: vHackHash === null ? null : manifest("replay", { vHackHash }),
    })),
    gradients: {
      moduleNames: ["a", "b"],
      widths: Int32Array.of(2, 2),
      bySteps: new Map([[0, stored]]),
      scoredBySteps: new Map(),
    },
  };
}

/** Laws of holding rows, gradients and v_hack against each other, for the real check and for its mutants. */
export const crossCheckLaws = {
  /** Offsets are planted at 0.9 tolerances or less, or at 1.1 or more: rounding cannot move them across. */
  countsWhatIsOff(check: CrossCheck, told: readonly Recorded[]): void {
    const { stage, gradients } = stageOf(told, ["v", "v"]);
    const compared = told.filter(({ isMissing }) => !isMissing);
    const norms = compared.filter(({ gradient, normOff }) => norm(gradient) > 0 && Math.abs(normOff) > 1).length;
    const off = compared.filter(({ gradient, cosineOff }) => norm(gradient) > 0 && Math.abs(cosineOff) > 1);
    const conditions = check({ vHackIsGiven: false }, stage, gradients, vHack, direction);
    expect(conditions.map(({ value }) => value)).toEqual([norms, off.length]);
    expect(
      conditions.every(({ relation, bound, decides }) => relation === "at most" && bound === 0 && decides === "pass"),
    ).toBe(true);
  },

  /** The largest deviation is the one that the message states, whichever its sign and place. */
  statesTheLargest(check: CrossCheck, tenths: readonly number[]): void {
    const rows = tenths.map((tenth) => ({
      gradient: [1, 0, 0, 0],
      normOff: 0,
      cosineOff: tenth / 10 / goldenTolerance.cosines,
      isMissing: false,
    }));
    const { stage, gradients } = stageOf(rows, ["v", "v"]);
    const [, cosines] = check({ vHackIsGiven: false }, stage, gradients, vHack, direction);
    expect(cosines!.cause).toContain(`by up to ${(Math.max(...tenths.map(Math.abs)) / 10).toExponential(1)}`);
  },

  /** A file that the user names is held against the recorded cosines only where a step says that it was made with it. */
  comparesCosinesOfItsOwnRows(check: CrossCheck, vHackIsGiven: boolean, hashes: readonly (string | null)[]): void {
    const { stage, gradients } = stageOf(
      [{ gradient: [1, 0, 0, 0], normOff: 0, cosineOff: 0, isMissing: false }],
      hashes,
    );
    expect(check({ vHackIsGiven }, stage, gradients, vHack, direction)).toHaveLength(
      vHackIsGiven && !hashes.includes(vHack.sha256) ? 1 : 2,
    );
  },

  /** At the tolerance itself a row still agrees: a cosine of exactly 0, recorded as the tolerance; a norm of 0, recorded as 0. */
  acceptsTheToleranceItself(check: CrossCheck): void {
    const across = { gradient: [0, 0, 1, 0], normOff: 0, cosineOff: 1, isMissing: false };
    const { stage, gradients } = stageOf([across, { ...across, gradient: [0, 0, 0, 0] }], ["v", "v"]);
    const conditions = check({ vHackIsGiven: false }, stage, gradients, vHack, direction);
    expect(conditions.map(({ value }) => value)).toEqual([0, 0]);
  },
};
