import fc from "fast-check";
import { expect } from "vitest";
import { drGrpoLoss } from "../../../src/loss/drGrpoLoss.ts";
import { ratioMeasurements, type RatioRow } from "../../../src/probe/grpo/grpoRatios.ts";
import { lawsOf } from "../../support/lawsOf.ts";

interface Row {
  readonly logps: number[];
  readonly oldLogps: number[];
  readonly advantage: number;
}

const logp = fc.double({ min: -8, max: 0, noNaN: true });
const anyRow: fc.Arbitrary<Row> = fc.integer({ min: 1, max: 6 }).chain((n) =>
  fc.record({
    logps: fc.array(logp, { minLength: n, maxLength: n }),
    oldLogps: fc.array(logp, { minLength: n, maxLength: n }),
    advantage: fc.constantFrom(-1, 0, 2),
  }),
);
const anyRows = fc.array(anyRow, { minLength: 1, maxLength: 4 });
const tooth: Row[] = [
  { logps: [-1, -2], oldLogps: [-1, -5], advantage: 2 },
  { logps: [-3, -1, -1], oldLogps: [-1, -4, -1], advantage: -1 },
];

const ratioRow = ({ logps, oldLogps, advantage }: Row): RatioRow =>
  drGrpoLoss(
    { logps, oldLogps, advantages: [advantage], completionStarts: [0, logps.length] },
    { clip: 0.2, denominator: 1 },
  );

type Measure = typeof ratioMeasurements;
const changed =
  (change: (real: Record<string, number>) => Record<string, number>): Measure =>
  (...given) => {
    const real = ratioMeasurements(...given);
    return { ...real, ...change(real) };
  };

lawsOf("ratioMeasurements", ratioMeasurements, (law) => {
  law("its histogram counts every token once", {
    for: [anyRows],
    holds: (measure, rows) => {
      const measured = Object.entries(measure("teacher", rows.map(ratioRow), 0.2));
      const counts = measured.filter(([name]) => name.startsWith("teacher_ratio_ge_"));
      const tokens = rows.reduce((sum, { logps }) => sum + logps.length, 0);
      expect(counts.reduce((sum, [, count]) => sum + count, 0)).toBe(tokens);
    },
    rejects: { "the first row's tokens": [(who, rows, clip) => ratioMeasurements(who, rows.slice(0, 1), clip), tooth] },
  });

  law("rows on policy have ratios of 1, none beyond the bounds; a clipped token is beyond them, not conversely", {
    else: "saturated rows go unseen, and an arm that learns nothing reads as one that is held back",
    for: [anyRows],
    holds: (measure, rows) => {
      const onPolicy = rows.map((row) => ratioRow({ ...row, oldLogps: row.logps }));
      expect(measure("student", onPolicy, 0.2)).toMatchObject({
        student_ratio_mean: 1,
        student_outside_fraction: 0,
        student_clip_fraction: 0,
        student_row_least_ratio: 1,
      });
      const off = measure("student", rows.map(ratioRow), 0.2);
      const largest = Math.max(...rows.flatMap((row) => Array.from(ratioRow(row).ratios)));
      expect(off["student_row_least_ratio"]!).toBeLessThanOrEqual(largest);
      expect(off["student_clip_fraction"]!).toBeLessThanOrEqual(off["student_outside_fraction"]!);
    },
    rejects: {
      "every token clipped": [changed(() => ({ student_clip_fraction: 1 })), tooth],
      "a sum for the least ratio": [
        (who, rows, clip) => ({
          ...ratioMeasurements(who, rows, clip),
          [`${who}_row_least_ratio`]: rows.reduce(
            (sum, { ratios }) => sum + Array.from(ratios).reduce((a, b) => a + b),
            0,
          ),
        }),
        tooth,
      ],
    },
  });

  law("reports nothing of no rows", {
    for: [],
    holds: (measure) => expect(measure("teacher", [], 0.2)).toEqual({}),
    rejects: { "zeros of no rows": [() => ({ teacher_ratio_mean: 0 })] },
  });
});
