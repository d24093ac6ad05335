import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StageEvidence } from "../../../src/uat/evidence/evidence.ts";
import { hackwardMotion } from "../../../src/uat/r3/knobMovement.ts";
import { manifest, rolloutRow } from "../../support/evidence.ts";

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

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const moving = series.filter((values) => meanOf(values) > 1e-3);

describe("hackwardMotion", () => {
  // ELSE moments that bring the removed direction back pass R3, whose cos_out cannot see them
  it("reports the share that is kept: mean cos_update(projected) / mean cos_update(vanilla)", () =>
    fc.assert(
      fc.property(series, moving, (kept, whole) => {
        const [condition] = hackwardMotion(arm(kept, 1), arm(whole, 1));
        expect(condition!.value).toBeCloseTo(meanOf(kept) / meanOf(whole), 9);
        expect(condition!).toMatchObject({ relation: "at most", bound: 0.25, decides: "pass" });
      }),
    ));

  it("is 1 for the vanilla arm itself and 0 for an arm at right angles", () =>
    fc.assert(
      fc.property(moving, (whole) => {
        expect(hackwardMotion(arm(whole, 1), arm(whole, 1))[0]!.value).toBe(1);
        expect(
          hackwardMotion(
            arm(
              whole.map(() => 0),
              1,
            ),
            arm(whole, 1),
          )[0]!.value,
        ).toBe(0);
      }),
    ));

  // ELSE an arm that was never to lose the whole component, or recorded nothing, is failed on a share that means nothing
  it("says nothing where vanilla does not move hack-ward, nothing was recorded, or no manifest says that all was to go", () =>
    fc.assert(
      fc.property(series, moving, (kept, whole) => {
        expect(
          hackwardMotion(
            arm(kept, 1),
            arm(
              whole.map((value) => -Math.abs(value)),
              1,
            ),
          ),
        ).toEqual([]);
        expect(
          hackwardMotion(
            arm(kept, 1),
            arm(
              whole.map(() => 0),
              1,
            ),
          ),
        ).toEqual([]);
        expect(
          hackwardMotion(
            arm(
              kept.map(() => null),
              1,
            ),
            arm(whole, 1),
          ),
        ).toEqual([]);
        expect(
          hackwardMotion(
            arm(kept, 1),
            arm(
              whole.map(() => null),
              1,
            ),
          ),
        ).toEqual([]);
        expect(hackwardMotion(arm(kept, 0.5), arm(whole, 1))).toEqual([]);
        expect(hackwardMotion([...arm(kept, 1), ...arm([0], 0.5)], arm(whole, 1))).toEqual([]);
        const unsaid = [null, manifest("replay", { config: { overshoot: "1" } })];
        for (const said of unsaid)
          expect(
            hackwardMotion(
              arm(kept, 1).map((step) => ({ ...step, manifest: said })),
              arm(whole, 1),
            ),
          ).toEqual([]);
      }),
    ));

  // ELSE the cause is named with a figure that is not the share
  it("names the share in percent: 0.125 of 0.25 is 50%", () =>
    expect(hackwardMotion(arm([0.125], 1), arm([0.25], 1))[0]!.cause).toMatch(
      /^cos_update: the optimizer's steps keep 50% of .* \(0\.1250 of 0\.2500\)/,
    ));
});
