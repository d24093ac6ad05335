import { expect } from "vitest";
import type { cosUpdates, knobMovement } from "../../../src/uat/r3/knobMovement.ts";
import { manifest } from "../../support/evidence.ts";
import { madeUpStage } from "../../support/madeUpStage.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../../support/tolerance.ts";

export type Movement = typeof knobMovement;
export type Updates = typeof cosUpdates;

/** What a step says of the optimizer, on its rows and in its manifest; a step may lack rows, a manifest, or a figure of it. */
export interface Moved {
  readonly rows: number;
  readonly cosUpdate: number | null;
  readonly measurements: Readonly<Record<string, number>> | null;
}

const stageOf = (moved: readonly Moved[]) =>
  madeUpStage(
    moved.map(({ rows, cosUpdate, measurements }) => ({
      rows: Array.from({ length: rows }, () => ({ cosUpdate })),
      ...(measurements === null ? {} : { manifest: manifest("replay", { measurements }) }),
    })),
  );

const recordedIn = (moved: readonly Moved[]) =>
  moved.flatMap(({ rows, cosUpdate }, step) => (rows === 0 || cosUpdate === null ? [] : [{ step, cosUpdate }]));

export const knobMovementLaws = {
  leavesSilentStepsOut(updates: Updates, moved: readonly Moved[]): void {
    expect(updates(stageOf(moved))).toEqual(recordedIn(moved).map(({ step, cosUpdate }) => [step, cosUpdate]));
  },

  averagesTheSteps(movement: Movement, moved: readonly Moved[]): void {
    const cosines = recordedIn(moved).map(({ cosUpdate }) => cosUpdate);
    for (const arm of ["vanilla", "projected"] as const) {
      const { label, text, values } = movement(arm, stageOf(moved))[0]!;
      expect(label).toBe(`cos_update, ${arm}`);
      if (cosines.length === 0) expect([text, values]).toEqual(["not recorded", { mean: null }]);
      else {
        const sum = cosines.reduce((total, cosine) => total + cosine, 0);
        expectWithin(
          Number(values["mean"]),
          sum / cosines.length,
          gamma(2 * cosines.length + 2, unitRoundoff64) * 2,
          "mean cos_update",
        );
        const warning = arm === "projected" && sum > 0 ? ": the optimizer brings the removed direction back" : "";
        expect(text).toBe(`mean ${(sum / cosines.length).toFixed(4)} over ${cosines.length} steps${warning}`);
      }
    }
  },

  /** Where the knobs ended is what the last step says, whole or not at all. */
  readsTheLastStep(movement: Movement, moved: readonly Moved[]): void {
    const { displacement_along: along, displacement_cosine: cosine } = moved.at(-1)!.measurements ?? {};
    const label = "delta_S along v_hack, vanilla";
    expect(movement("vanilla", stageOf(moved))[1]).toEqual(
      along === undefined || cosine === undefined
        ? { label, text: "not recorded", values: { along: null, cosine: null } }
        : {
            label,
            text: `${along.toFixed(4)} after step ${moved.length - 1} (cosine ${cosine.toFixed(4)}; positive is hack-ward)`,
            values: { along, cosine },
          },
    );
  },
};
