import fc from "fast-check";
import { expect } from "vitest";
import type { StageEvidence } from "../../../src/uat/evidence/evidence.ts";
import { cosUpdates, hackwardMotion, knobMovement } from "../../../src/uat/r3/knobMovement.ts";
import { manifest, rolloutRow } from "../../support/evidence.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { madeUpStage } from "../../support/madeUpStage.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../../support/tolerance.ts";

type Movement = typeof knobMovement;

/** What a step says of the optimizer, on its rows and in its manifest; a step may lack rows, a manifest, or a figure of it. */
interface Moved {
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

const sixteenth = fc.integer({ min: -2, max: 2 }).map((numerator) => numerator / 16);

const measurements = fc.option(
  fc.record(
    { displacement_along: sixteenth, displacement_cosine: sixteenth },
    { requiredKeys: [], noNullPrototype: true },
  ),
);

const moved: fc.Arbitrary<Moved[]> = fc.array(
  fc.record({ rows: fc.constantFrom(0, 1, 2), cosUpdate: fc.option(sixteenth), measurements }),
  { minLength: 1, maxLength: 4 },
);

const rowsOf = (stage: StageEvidence, change: (row: StageEvidence[number]["rows"][number]) => object): StageEvidence =>
  stage.map((step) => ({ ...step, rows: step.rows.map((row) => ({ ...row, ...change(row) })) }));

const moves = (cosUpdate: number | null, along: number): Moved => ({
  rows: 1,
  cosUpdate,
  measurements: { displacement_along: along, displacement_cosine: 0.5 },
});

const atFirst: Movement = (arm, stage) => knobMovement(arm, stage.slice(0, 1));

lawsOf("cosUpdates", cosUpdates, (law) => {
  law("leaves silent steps out: [step, cos_update] of every step that recorded one", {
    for: [moved],
    holds: (updates, moved) => {
      expect(updates(stageOf(moved))).toEqual(recordedIn(moved).map(({ step, cosUpdate }) => [step, cosUpdate]));
    },
    rejects: {
      "silence taken for zero": [
        (stage) => cosUpdates(rowsOf(stage, ({ cosUpdate }) => ({ cosUpdate: cosUpdate ?? 0 }))),
        [moves(null, 0), moves(1, 0)],
      ],
    },
  });
});

lawsOf("knobMovement", knobMovement, (law) => {
  law("averages the steps: mean cos_update, and a warning where projected has mean > 0", {
    else: "the report says that the optimizer kept away from v_hack while its moments brought it back",
    for: [moved],
    holds: (movement, moved) => {
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
    rejects: {
      "a warning for vanilla": [
        (_, stage) =>
          knobMovement("projected", stage).map((note) => ({
            ...note,
            label: note.label.replace("projected", "vanilla"),
          })),
        [moves(0.5, 0), moves(0.25, 0)],
      ],
      "no warning": [
        (arm, stage) => knobMovement(arm, stage).map((note) => ({ ...note, text: note.text.replace(/:.*/, "") })),
        [moves(0.5, 0), moves(0.25, 0)],
      ],
      "the first step alone": [atFirst, [moves(0.5, 0), moves(0.25, 0)]],
    },
  });

  law("reads the last step: along and cosine as its manifest measured them, or neither", {
    else: "the report's displacement is that of a run not yet over",
    for: [moved],
    holds: (movement, moved) => {
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
    rejects: { "the first": [atFirst, [moves(0, 1), moves(0, 2)]] },
  });
});

const cosine = fc.double({ min: -1, max: 1, noNaN: true });
const series = fc.array(cosine, { minLength: 1, maxLength: 6 });

function arm(cosUpdates: readonly (number | null)[], overshoot: number): StageEvidence {
  return cosUpdates.map((cosUpdate, step) => ({
    step,
    path: "",
    rows: [rolloutRow({ step, cosUpdate })],
    manifest: manifest("replay", { config: { gate: "one_sided", overshoot } }),
  }));
}

/** An arm that was to lose the whole component, each cosine of these changed. */
const every = (cosines: readonly number[], change: (cosine: number) => number | null) => arm(cosines.map(change), 1);

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const moving = series.filter((values) => meanOf(values) > 1e-3);

lawsOf("hackwardMotion", hackwardMotion, (law) => {
  law("reports the share that is kept: mean cos_update(projected) / mean cos_update(vanilla)", {
    else: "moments that bring the removed direction back pass R3, whose cos_out cannot see them",
    for: [series, moving],
    holds: (motion, kept, whole) => {
      const [condition] = motion(arm(kept, 1), arm(whole, 1));
      expect(condition!.value).toBeCloseTo(meanOf(kept) / meanOf(whole), 9);
      expect(condition!).toMatchObject({ relation: "at most", bound: 0.25, decides: "pass" });
    },
    rejects: {
      "the share that is removed": [
        (...arms) => hackwardMotion(...arms).map((one) => ({ ...one, value: 1 - one.value })),
        [0.25],
        [1],
      ],
      "the last step alone": [
        (projected, vanilla) => hackwardMotion(projected.slice(-1), vanilla.slice(-1)),
        [0.25, 0.5],
        [1, 0.5],
      ],
    },
  });

  law("is 1 for the vanilla arm itself and 0 for an arm at right angles", {
    for: [moving],
    holds: (motion, whole) => {
      expect(motion(arm(whole, 1), arm(whole, 1))[0]!.value).toBe(1);
      expect(
        motion(
          every(whole, () => 0),
          arm(whole, 1),
        )[0]!.value,
      ).toBe(0);
    },
    rejects: {
      "the share that is removed": [
        (...arms) => hackwardMotion(...arms).map((one) => ({ ...one, value: 1 - one.value })),
        [0.5],
      ],
    },
  });

  law(
    "says nothing where vanilla does not move hack-ward, nothing was recorded, or no manifest says that all was to go",
    {
      else: "an arm that was never to lose the whole component, or recorded nothing, is failed on a share that means nothing",
      for: [series, moving],
      holds: (motion, kept, whole) => {
        expect(
          motion(
            arm(kept, 1),
            every(whole, (value) => -Math.abs(value)),
          ),
        ).toEqual([]);
        expect(
          motion(
            arm(kept, 1),
            every(whole, () => 0),
          ),
        ).toEqual([]);
        expect(
          motion(
            every(kept, () => null),
            arm(whole, 1),
          ),
        ).toEqual([]);
        expect(
          motion(
            arm(kept, 1),
            every(whole, () => null),
          ),
        ).toEqual([]);
        expect(motion(arm(kept, 0.5), arm(whole, 1))).toEqual([]);
        expect(motion([...arm(kept, 1), ...arm([0], 0.5)], arm(whole, 1))).toEqual([]);
        const unsaid = [null, manifest("replay", { config: { overshoot: "1" } })];
        for (const said of unsaid)
          expect(
            motion(
              arm(kept, 1).map((step) => ({ ...step, manifest: said })),
              arm(whole, 1),
            ),
          ).toEqual([]);
      },
      rejects: {
        "a share of nothing": [
          (projected, vanilla) =>
            hackwardMotion(projected, vanilla).length === 0 ? hackwardMotion(arm([0], 1), arm([1], 1)) : [],
          [0.25],
          [0.5],
        ],
        "removal taken for meant": [
          (projected, vanilla) =>
            hackwardMotion(
              projected.map((step) => ({ ...step, manifest: arm([0], 1)[0]!.manifest })),
              vanilla,
            ),
          [0.25],
          [0.5],
        ],
      },
    },
  );

  law("names the share in percent: 0.125 of 0.25 is 50%", {
    else: "the cause is named with a figure that is not the share",
    for: [],
    holds: (motion) =>
      expect(motion(arm([0.125], 1), arm([0.25], 1))[0]!.cause).toMatch(
        /^cos_update: the optimizer's steps keep 50% of .* \(0\.1250 of 0\.2500\)/,
      ),
    rejects: {
      "the share of what is gone": [
        (...arms) => hackwardMotion(...arms).map((one) => ({ ...one, cause: one.cause.replace("50%", "-50%") })),
      ],
    },
  });
});
