import fc from "fast-check";
import { expect } from "vitest";
import { type Rng, seededRng } from "../../../src/numeric/rng.ts";
import type { Condition } from "../../../src/uat/common/measurement.ts";
import type { SampleGradients } from "../../../src/uat/evidence/sampleGradients.ts";
import { gradientLeak } from "../../../src/uat/r2/gradientLeak.ts";
import { lawsOf } from "../../support/lawsOf.ts";

type Leak = (gradients: SampleGradients, tokens: ReadonlyMap<number, readonly string[]>, seed: number) => Condition[];

/** What a broken backward makes of the samples' own gradients. */
type Spoil = (own: readonly Float32Array[]) => Float32Array[];

const [steps, B, R] = [20, 8, 40];

function stored(seed: number, spoil: Spoil): SampleGradients {
  const bySteps = new Map<number, Float32Array[]>();
  for (let step = 0; step < steps; step++) {
    const rng = seededRng(seed, "leak", step);
    const shared = vector(rng);
    bySteps.set(step, spoil(Array.from({ length: B }, () => vector(rng).map((value, i) => value + shared[i]!))));
  }
  return { moduleNames: ["m"], widths: Int32Array.of(R), bySteps, scoredBySteps: new Map() };
}

function vector(rng: Rng): Float32Array {
  return Float32Array.from({ length: R }, () => rng.normal());
}

const distinct = new Map(
  Array.from({ length: steps }, (_, step) => [step, Array.from({ length: B }, (_, b) => `${b}`)]),
);

const holds = ({ value, relation, bound }: Condition) => (relation === "at most" ? value <= bound : value > bound);

const added = (a: Float32Array, b: Float32Array, share: number) => a.map((value, i) => value + share * b[i]!);

const copiesOnly: Leak = (...given) => gradientLeak(...given).slice(0, 1);
const orderOnly: Leak = (...given) => gradientLeak(...given).slice(1);

/** Ways in which samples leak into each other, and what does not see each. */
const leaks: Readonly<Record<string, { spoil: Spoil; blind: Record<string, [blind: Leak, seed: number]> }>> = {
  "half of the next sample": {
    spoil: (own) => own.map((g, b) => added(g, own[(b + 1) % B]!, 0.5)),
    blind: { "a test of copies alone": [copiesOnly, 1] },
  },
  "everything before it (accumulated gradients not subtracted)": {
    spoil: (own) => {
      const sums: Float32Array[] = [];
      for (const g of own) sums.push(sums.length === 0 ? g : added(g, sums.at(-1)!, 1));
      return sums;
    },
    blind: { "a test of copies alone": [copiesOnly, 1] },
  },
  "the whole batch": {
    spoil: (own) => own.map(() => own.reduce((sum, g) => added(sum, g, 1))),
    blind: { "a test of order alone": [orderOnly, 1] },
  },
};

/** Rows of each step: the axis along which a gradient points, if any, its length, and which completion it is of. */
type Batches = readonly (readonly {
  readonly axis: number | null;
  readonly length: number;
  readonly completion: number;
}[])[];

function judgedOn(gradientLeak: Leak, drawn: Batches): Condition[] {
  const along = (axis: number | null, length: number) =>
    Float32Array.from({ length: R }, (_, i) => (i === axis ? length : 0));
  const bySteps = new Map(drawn.map((rows, step) => [step, rows.map(({ axis, length }) => along(axis, length))]));
  const keys = new Map(drawn.map((rows, step) => [step, rows.map(({ completion }) => `${completion}`)]));
  return gradientLeak({ moduleNames: ["m"], widths: Int32Array.of(R), bySteps, scoredBySteps: new Map() }, keys, 1);
}

const batches: fc.Arbitrary<Batches> = fc.array(
  fc.array(
    fc.record({
      axis: fc.option(fc.nat({ max: 2 })),
      length: fc.constantFrom(0.5, 1, 3),
      completion: fc.nat({ max: 2 }),
    }),
    { maxLength: 5 },
  ),
  { maxLength: 3 },
);

const row = (axis: number | null, completion: number) => ({ axis, length: 1, completion });

const twinsCounted: typeof gradientLeak = (gradients, tokens, seed) =>
  gradientLeak(gradients, new Map([...tokens].map(([at, keys]) => [at, keys.map((key, b) => `${key} ${b}`)])), seed);

const alwaysAlarmed: typeof gradientLeak = (...given) => gradientLeak(...given).map((one) => ({ ...one, value: 0 }));

/** Every condition broken, whichever way it compares. */
const alarmed: Leak = (...given) =>
  gradientLeak(...given).map((one) => ({ ...one, value: one.relation === "at most" ? 1 : 0 }));

lawsOf<Leak>("gradientLeak", gradientLeak, (law) => {
  for (const [name, { spoil, blind }] of Object.entries(leaks))
    law(`catches a gradient that holds ${name}`, {
      else: "a row's cosine is partly its neighbour's, and R4 compares mixtures",
      for: [fc.constantFrom<number[]>(1, 2, 3)],
      holds: (leak, seed) => {
        expect(leak(stored(seed, spoil), distinct, seed).every(holds)).toBe(false);
      },
      examples: [[1], [2], [3]],
      numRuns: 3,
      rejects: blind,
    });

  law("accepts samples that share a problem: false alarms at most 1 in 1000", {
    for: [],
    holds: (leak) => {
      const alarms = Array.from({ length: 12 }, (_, seed) => seed).filter(
        (seed) =>
          !leak(
            stored(seed, (own) => [...own]),
            distinct,
            seed,
          ).every(holds),
      );
      // false alarms at one in a thousand: two in so few seeds have probability below 1e-3
      expect(alarms.length).toBeLessThanOrEqual(1);
    },
    rejects: {
      "a test that is always alarmed": [alarmed],
    },
  });

  law("accepts equal gradients of equal completions, at seed 4", {
    for: [],
    holds: (leak) => {
      const twins = stored(4, (own) => own.map((g, b) => (b === 3 ? own[5]! : g)));
      const tokens = new Map([...distinct].map(([step, keys]) => [step, keys.map((key) => (key === "3" ? "5" : key))]));
      expect(leak(twins, tokens, 4).every(holds)).toBe(true);
    },
    rejects: {
      "equal completions counted": [twinsCounted],
    },
  });

  law("counts copies: pairs of one step, one direction and two completions", {
    else: "whole-batch gradients pass, or equal completions fail",
    for: [batches],
    holds: (leak, drawn) => {
      const pairs = drawn.flatMap((rows) => rows.flatMap((a, i) => rows.slice(i + 1).map((b) => [a, b] as const)));
      const copies = pairs.filter(([a, b]) => a.axis !== null && a.axis === b.axis && a.completion !== b.completion);
      expect(judgedOn(leak, drawn)[0]).toMatchObject({
        value: copies.length,
        relation: "at most",
        bound: 0,
        decides: "pass",
      });
    },
    numRuns: 30,
    rejects: {
      "equal completions counted": [twinsCounted, [[row(0, 1), row(0, 1)]]],
      "none counted": [alwaysAlarmed, [[row(0, 1), row(0, 2)]]],
    },
  });

  law("is sure of nothing where all orders are alike: p = 1", {
    else: "a replay whose order says nothing fails, or a zero gradient stops the report",
    for: [batches],
    holds: (leak, drawn) => {
      const alike = drawn.map((rows, step) => {
        if (step % 3 === 0) return rows.slice(0, 2);
        return rows.map((row, b) =>
          step % 3 === 1 ? { ...row, completion: 0 } : { ...row, axis: b === 0 ? null : b },
        );
      });
      expect(judgedOn(leak, alike)[1]).toMatchObject({
        value: 1,
        relation: "more than",
        bound: 0.001,
        decides: "pass",
      });
    },
    numRuns: 20,
    rejects: {
      "a test that is always alarmed": [alwaysAlarmed, [[row(0, 1)]]],
      "equal completions compared": [
        twinsCounted,
        [[], [row(0, 0), row(0, 0), row(1, 0), row(1, 0), row(2, 0), row(2, 0)]],
      ],
    },
  });
});
