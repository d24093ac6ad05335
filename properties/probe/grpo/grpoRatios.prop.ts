import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ratioMeasurements, type RatioRow } from "../../../src/probe/grpo/grpoRatios.ts";

const logp = fc.double({ min: -8, max: 0, noNaN: true });
const row: fc.Arbitrary<RatioRow> = fc.integer({ min: 1, max: 6 }).chain((n) =>
  fc.record({
    logps: fc.array(logp, { minLength: n, maxLength: n }),
    oldLogps: fc.array(logp, { minLength: n, maxLength: n }),
    advantage: fc.constantFrom(-1, 0, 2),
  }),
);
const rows = fc.array(row, { minLength: 1, maxLength: 4 });

describe("ratioMeasurements", () => {
  it("its histogram counts every token once", () =>
    fc.assert(
      fc.property(rows, (drawn) => {
        const counts = Object.entries(ratioMeasurements("teacher", drawn, 0.2)).filter(([name]) =>
          name.startsWith("teacher_ratio_ge_"),
        );
        expect(counts.reduce((sum, [, count]) => sum + count, 0)).toBe(
          drawn.reduce((sum, { logps }) => sum + logps.length, 0),
        );
      }),
    ));
  // ELSE saturated rows go unseen, and an arm that learns nothing reads as one that is held back
  it("rows on policy have ratios of 1, none beyond the bounds; a clipped token is beyond them, not conversely", () =>
    fc.assert(
      fc.property(rows, (drawn) => {
        const onPolicy = ratioMeasurements(
          "student",
          drawn.map((r) => ({ ...r, oldLogps: r.logps })),
          0.2,
        );
        expect(onPolicy).toMatchObject({
          student_ratio_mean: 1,
          student_outside_fraction: 0,
          student_clip_fraction: 0,
          student_row_least_ratio: 1,
        });
        const off = ratioMeasurements("student", drawn, 0.2);
        expect(off["student_row_least_ratio"]!).toBeLessThanOrEqual(
          drawn.reduce(
            (most, { logps, oldLogps }) =>
              Math.max(most, ...Array.from(logps, (logp, t) => Math.exp(logp - oldLogps[t]!))),
            0,
          ),
        );
        expect(off["student_clip_fraction"]!).toBeLessThanOrEqual(off["student_outside_fraction"]!);
      }),
    ));
  it("says nothing of no rows", () => expect(ratioMeasurements("teacher", [], 0.2)).toEqual({}));
});
