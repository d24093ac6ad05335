import { expect } from "vitest";
import { type Rng, seededRng } from "../../../src/numeric/rng.ts";
import type { Condition } from "../../../src/uat/common/measurement.ts";
import type { SampleGradients } from "../../../src/uat/evidence/sampleGradients.ts";

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

/** Ways in which samples leak into each other. */
export const leaks: Readonly<Record<string, Spoil>> = {
  "half of the next sample": (own) => own.map((g, b) => added(g, own[(b + 1) % B]!, 0.5)),
  "everything before it (accumulated gradients not subtracted)": (own) => {
    const sums: Float32Array[] = [];
    for (const g of own) sums.push(sums.length === 0 ? g : added(g, sums.at(-1)!, 1));
    return sums;
  },
  "the whole batch": (own) => own.map(() => own.reduce((sum, g) => added(sum, g, 1))),
};

/** Rows of each step: the axis along which a gradient points, if any, its length, and which completion it is of. */
export type Batches = readonly (readonly {
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

/** Laws of the leak test, for the real one and for its mutants. */
export const leakLaws = {
  catches(gradientLeak: Leak, spoil: Spoil, seed: number): void {
    expect(gradientLeak(stored(seed, spoil), distinct, seed).every(holds)).toBe(false);
  },

  /** Samples of a step share most of their gradient (one problem), and that is no leak. */
  acceptsSharedProblem(gradientLeak: Leak, seeds: readonly number[]): void {
    const alarms = seeds.filter(
      (seed) =>
        !gradientLeak(
          stored(seed, (own) => [...own]),
          distinct,
          seed,
        ).every(holds),
    );
    // false alarms at one in a thousand: two in so few seeds have probability below 1e-3
    expect(alarms.length).toBeLessThanOrEqual(1);
  },

  acceptsEqualCompletions(gradientLeak: Leak, seed: number): void {
    const twins = stored(seed, (own) => own.map((g, b) => (b === 3 ? own[5]! : g)));
    const tokens = new Map([...distinct].map(([step, keys]) => [step, keys.map((key) => (key === "3" ? "5" : key))]));
    expect(gradientLeak(twins, tokens, seed).every(holds)).toBe(true);
  },

  /** Pairs of rows of one step with one direction and different completions; a zero gradient has no direction. */
  countsCopies(gradientLeak: Leak, drawn: Batches): void {
    const pairs = drawn.flatMap((rows) => rows.flatMap((a, i) => rows.slice(i + 1).map((b) => [a, b] as const)));
    const copies = pairs.filter(([a, b]) => a.axis !== null && a.axis === b.axis && a.completion !== b.completion);
    expect(judgedOn(gradientLeak, drawn)[0]).toMatchObject({
      value: copies.length,
      relation: "at most",
      bound: 0,
      decides: "pass",
    });
  },

  /** Where no order differs from another there is no leak to see: two rows, one completion, gradients at right angles or of zero. */
  isSureOfNothing(gradientLeak: Leak, drawn: Batches): void {
    const alike = drawn.map((rows, step) => {
      if (step % 3 === 0) return rows.slice(0, 2);
      return rows.map((row, b) => (step % 3 === 1 ? { ...row, completion: 0 } : { ...row, axis: b === 0 ? null : b }));
    });
    expect(judgedOn(gradientLeak, alike)[1]).toMatchObject({
      value: 1,
      relation: "more than",
      bound: 0.001,
      decides: "pass",
    });
  },
};
