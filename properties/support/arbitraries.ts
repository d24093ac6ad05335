import fc from "fast-check";

/** Row-major matrix, as numeric/linalg/matrix.ts declares it. */
interface Rows {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
}

/** Any finite double, zero, subnormal and huge ones included. */
export const finiteDouble = fc.double({ noNaN: true, noDefaultInfinity: true });

/** Doubles of everyday size: sums and products of a few hundred stay far from overflow, small ones are not excluded. */
export const moderate = fc.double({ min: -1e3, max: 1e3, noNaN: true });

/** Numbers that survive the trip through float32 unchanged, of everyday size. */
export const float32 = fc.float({ min: -1e3, max: 1e3, noNaN: true });

/** NaN and the two infinities. */
export const nonFinite = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);

/** Seeds of a run. */
export const runSeed = fc.integer({ min: 0, max: 2 ** 31 - 1 });

/** A small dimension, shrinking to 1. */
export const dimension = fc.integer({ min: 1, max: 8 });

function vector(n: number, value: fc.Arbitrary<number> = moderate): fc.Arbitrary<Float64Array> {
  return fc.array(value, { minLength: n, maxLength: n }).map((values) => Float64Array.from(values));
}

export function float32Vector(n: number): fc.Arbitrary<Float32Array> {
  return fc.array(float32, { minLength: n, maxLength: n }).map((values) => Float32Array.from(values));
}

export function matrixOf(rows: number, cols: number, value: fc.Arbitrary<number> = moderate): fc.Arbitrary<Rows> {
  return vector(rows * cols, value).map((data) => ({ rows, cols, data }));
}

/** Matrices of any small shape. */
export const anyMatrix: fc.Arbitrary<Rows> = fc
  .tuple(dimension, dimension)
  .chain(([rows, cols]) => matrixOf(rows, cols));

const angle = fc.double({ min: 0, max: 2 * Math.PI, noNaN: true });

/** k orthonormal rows of length r, k <= r: the first k rows of a product of plane rotations. */
export function orthonormalRows(k: number, r: number): fc.Arbitrary<Rows> {
  const planes = Array.from({ length: r }, (_, i) => i).flatMap((i) =>
    Array.from({ length: r - i - 1 }, (_, j) => [i, i + j + 1] as const),
  );
  return fc.array(angle, { minLength: planes.length, maxLength: planes.length }).map((angles) => {
    const data = new Float64Array(k * r);
    for (let i = 0; i < k; i++) data[i * r + i] = 1;
    planes.forEach(([p, q], n) => {
      const [cos, sin] = [Math.cos(angles[n]!), Math.sin(angles[n]!)];
      for (let i = 0; i < k; i++) {
        const [x, y] = [data[i * r + p]!, data[i * r + q]!];
        data[i * r + p] = cos * x - sin * y;
        data[i * r + q] = sin * x + cos * y;
      }
    });
    return { rows: k, cols: r, data };
  });
}

/** A permutation of 0 .. n-1. */
export function permutation(n: number): fc.Arbitrary<number[]> {
  const indices = Array.from({ length: n }, (_, i) => i);
  return fc.shuffledSubarray(indices, { minLength: n, maxLength: n });
}

/** k of a change of unit by 2^k, 1e-270 to 1e270: exact on small integers, while squares leave the doubles. */
export const anyExponent = fc.integer({ min: -900, max: 900 });

/** The same values in another unit: 2^k of this one each. */
export const inUnit = (values: readonly number[], k: number): number[] => values.map((value) => value * 2 ** k);
