import fc from "fast-check";
import type { Figure } from "../../src/uat/common/measurement.ts";
import type { Outcome, Verdict } from "../../src/uat/common/verdict.ts";

const word = fc.stringMatching(/^[a-z<>&"]{1,9}$/);
const text = fc.array(word, { minLength: 1, maxLength: 20 }).map((words) => words.join(" "));
const anyNumber = fc.double();
const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });

const figure: fc.Arbitrary<Figure> = fc.oneof(
  fc.record({
    kind: fc.constant("distributions" as const),
    title: text,
    unit: text,
    series: fc.array(fc.record({ name: text, values: fc.array(finite, { maxLength: 9 }) }), { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant("lines" as const),
    title: text,
    xLabel: text,
    yLabel: text,
    series: fc.array(fc.record({ name: text, points: fc.array(fc.tuple(finite, finite), { maxLength: 9 }) }), {
      maxLength: 3,
    }),
  }),
  fc.record({
    kind: fc.constant("null" as const),
    title: text,
    unit: text,
    draws: fc.array(anyNumber, { maxLength: 9 }),
    real: anyNumber,
  }),
);

const condition = fc.record({
  name: text,
  value: anyNumber,
  relation: fc.constantFrom("at least" as const, "less than" as const),
  bound: finite,
  decides: fc.constant("pass" as const),
  cause: text,
  holds: fc.boolean(),
});

/** Verdicts with every kind of figure, hostile text and numbers that are not finite. */
export const verdicts: fc.Arbitrary<Verdict[]> = fc
  .array(
    fc.record({
      claim: text,
      outcome: fc.constantFrom<Outcome>("PASS", "PASS, not specific", "FAIL"),
      measured: fc.boolean(),
      headline: text,
      threshold: text,
      path: text,
      message: text,
      conditions: fc.array(condition, { maxLength: 3 }),
      notes: fc.array(fc.record({ label: text, text, values: fc.constant({}) }), { maxLength: 3 }),
      figures: fc.array(figure, { maxLength: 3 }),
    }),
    { maxLength: 4 },
  )
  .map((list) => list.map((verdict, i) => ({ id: `R${i + 1}`, ...verdict })));

const verdict: Verdict = {
  id: "R1",
  claim: "it <script>",
  outcome: "FAIL",
  measured: true,
  headline: "0.1",
  threshold: ">= 0.3",
  path: "out",
  message: "cause",
  conditions: [
    { name: "x", value: Number.NaN, relation: "at least", bound: 0.3, decides: "pass", cause: "", holds: false },
  ],
  notes: [],
  figures: [
    {
      kind: "lines",
      title: "t",
      xLabel: "x",
      yLabel: "y",
      series: [
        {
          name: "s",
          points: [
            [0, 1],
            [1, 2],
          ],
        },
      ],
    },
  ],
};
/** A failure with a figure and hostile text, and a pass. */
export const twoVerdicts: Verdict[] = [verdict, { ...verdict, id: "R2", outcome: "PASS" }];
