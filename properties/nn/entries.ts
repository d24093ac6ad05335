import fc from "fast-check";

/** Numbers of float32 that survive the trip: 0, or between 2^-20 and 4, so that products stay in the normal range. */
export const entry = fc.float({ min: -4, max: 4, noNaN: true }).map((x) => (Math.abs(x) < 2 ** -20 ? 0 : x));

export function entries(count: number): fc.Arbitrary<number[]> {
  return fc.array(entry, { minLength: count, maxLength: count });
}

export const size = fc.integer({ min: 1, max: 6 });

/** sqrt(sum of squares of f over 0 .. n-1). */
export function normOf(n: number, f: (i: number) => number): number {
  return Math.hypot(...Array.from({ length: n }, (_, i) => f(i)));
}

export function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** tf.oneHot wants a vocabulary of at least two. */
export const vocabSize = fc.integer({ min: 2, max: 6 });
