import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import type { BackendName } from "../../src/tensor/backend.ts";
import { functionRoundings } from "../nn/layer.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { runsOn } from "../support/runs.ts";
import { expectWithin, unitRoundoff32 } from "../support/tolerance.ts";
import { softmaxSumError, sumError } from "./reductionError.ts";

/** One figure, or n, for each row of a table. */
type Reduction = (x: tf.Tensor2D) => tf.Tensor | Promise<Float32Array>;

const lengths = [10, 100, 1000, 1024, 1025, 4097, 20_011, 151_936, 1_000_000] as const;
const smallTail = Math.exp(-17.5);
/** A whole number below 2^32 for each place, without a pattern. */
const hash = (i: number) => Math.imul((i + 1) ^ ((i + 1) >>> 15), 2654435761) >>> 0;
const kinds: Readonly<Record<string, (i: number) => number>> = {
  "one entry dominates": (i) => (i === 0 ? 1 : smallTail),
  "all are equal": () => 0.1,
  "all are positive": (i) => hash(i) / 2 ** 32,
  "signs are mixed": (i) => hash(i) / 2 ** 31 - 1,
};
type Kind = keyof typeof kinds;

const anyLength = fc.oneof(fc.constantFrom(...lengths), fc.integer({ min: 1, max: 5000 }));
const anyKind = fc.constantFrom<Kind>(...Object.keys(kinds));
const everyCase = lengths.flatMap((n) => Object.keys(kinds).map((kind): [number, Kind] => [n, kind]));
const peak = [151_936, "one entry dominates"] as const;

/** Two rows, the second half as large and from its end to its start, so that a row's place in memory counts. */
function rowsOf(n: number, kind: Kind, scale = 1): [Float32Array, Float32Array] {
  const first = Float32Array.from({ length: n }, (_, i) => scale * kinds[kind]!(i));
  return [first, first.toReversed().map((x) => x / 2)];
}

/** What the reduction makes of the two rows, one list for each. */
async function reduced(reduction: Reduction, [a, b]: readonly [Float32Array, Float32Array]): Promise<Float32Array[]> {
  const x = tf.tidy(() => tf.stack([tf.tensor1d(a), tf.tensor1d(b)]) as tf.Tensor2D);
  const y = await reduction(x);
  const values = y instanceof tf.Tensor ? ((await y.data()) as Float32Array) : y;
  tf.dispose(y instanceof tf.Tensor ? [x, y] : x);
  const n = values.length / 2;
  return [values.subarray(0, n), values.subarray(n)];
}

const total = (x: ArrayLike<number>, term: (value: number) => number) => {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += term(x[i]!);
  return sum;
};

/** A mutant: one running float32 sum of `term`, finished by `finish`. */
const running =
  (
    term: (x: number, most: number) => number,
    finish: (sum: number, row: Float32Array) => number | Float32Array,
  ): Reduction =>
  async (x) => {
    const values = (await x.data()) as Float32Array;
    const n = x.shape[1];
    const results = [values.subarray(0, n), values.subarray(n)].map((row) => {
      const most = row.reduce((a, b) => Math.max(a, b));
      let sum = 0;
      for (const value of row) sum = Math.fround(sum + Math.fround(term(value, most)));
      return finish(sum, row);
    });
    return Float32Array.from(results.flatMap((result) => (typeof result === "number" ? [result] : [...result])));
  };

function lawsOfReductions(backend: BackendName): void {
  const { numRuns } = backend === "webgpu" ? { numRuns: everyCase.length } : runsOn(backend, everyCase.length + 20);
  const given = { for: [anyLength, anyKind] as const, examples: everyCase, numRuns };

  lawsOf<Reduction>(
    "tf.sum",
    (x) => tf.sum(x, 1),
    (law) =>
      law("agrees with the float64 sum at lengths 1 to 1e6: error within sumError(n)", {
        else: "log-probabilities over a real vocabulary are too likely, and importance ratios do not start at 1",
        ...given,
        holds: async (reduction, n, kind) => {
          const rows = rowsOf(n, kind);
          (await reduced(reduction, rows)).forEach(([sum], r) => {
            const exact = total(rows[r]!, (x) => x);
            expectWithin(sum!, exact, sumError(backend, n, exact, total(rows[r]!, Math.abs)), `row ${r}`);
          });
        },
        rejects: {
          "one running float32 sum": [
            running(
              (x) => x,
              (sum) => sum,
            ),
            ...peak,
          ],
        },
      }),
  );

  lawsOf<Reduction>(
    "tf.mean",
    (x) => tf.mean(x, 1),
    (law) =>
      law(
        "agrees with the float64 mean at lengths 1 to 1e6: error within sumError(n) / n and a rounding of each term",
        {
          ...given,
          holds: async (reduction, n, kind) => {
            const rows = rowsOf(n, kind);
            (await reduced(reduction, rows)).forEach(([mean], r) => {
              const [exact, magnitude] = [total(rows[r]!, (x) => x), total(rows[r]!, Math.abs)];
              const bound = (sumError(backend, n, exact, magnitude) + 2 * unitRoundoff32 * magnitude) / n;
              expectWithin(mean!, exact / n, bound, `row ${r}`);
            });
          },
          rejects: {
            "one running float32 sum": [
              running(
                (x) => x,
                (sum, { length }) => sum / length,
              ),
              ...peak,
            ],
          },
        },
      ),
  );

  lawsOf<Reduction>(
    "tf.norm",
    (x) => tf.norm(x, "euclidean", 1),
    (law) =>
      law("agrees with the float64 norm at lengths 1 to 1e6: half of sumError(n) of the squares, and their roundings", {
        else: "gradients are clipped by another norm than their own, and cosines over all modules leave [-1, 1]",
        ...given,
        holds: async (reduction, n, kind) => {
          const rows = rowsOf(n, kind);
          (await reduced(reduction, rows)).forEach(([norm], r) => {
            const squares = total(rows[r]!, (x) => x * x);
            const share = sumError(backend, n, 1, 1) / 2 + functionRoundings * unitRoundoff32;
            expectWithin(norm!, Math.sqrt(squares), share * Math.sqrt(squares), `row ${r}`);
          });
        },
        rejects: { "one running float32 sum": [running((x) => x * x, Math.sqrt), 151_936, "all are equal"] },
      }),
  );

  lawsOf<Reduction>(
    "tf.logSumExp",
    (x) => tf.logSumExp(x, 1),
    (law) =>
      law(
        "agrees with the float64 logsumexp of logits up to 20 at lengths 1 to 1e6: sumError(n), and roundings of exp and log",
        {
          else: "the more tokens a vocabulary has, the likelier each of them",
          ...given,
          holds: async (reduction, n, kind) => {
            const rows = rowsOf(n, kind, 20);
            (await reduced(reduction, rows)).forEach(([found], r) => {
              const most = rows[r]!.reduce((a, b) => Math.max(a, b));
              const exact = most + Math.log(total(rows[r]!, (x) => Math.exp(x - most)));
              const roundings = functionRoundings * (2 + Math.log(n)) + 40 + Math.abs(exact);
              expectWithin(found!, exact, sumError(backend, n, 1, 1) + roundings * unitRoundoff32, `row ${r}`);
            });
          },
          rejects: {
            "one running float32 sum": [
              running(
                (x, most) => Math.exp(x - most),
                (sum, row) => row.reduce((a, b) => Math.max(a, b)) + Math.log(sum),
              ),
              ...peak,
            ],
          },
        },
      ),
  );

  lawsOf<Reduction>(
    "tf.softmax",
    (x) => tf.softmax(x),
    (law) =>
      law(
        "agrees with the float64 softmax of logits up to 20 at lengths 1 to 1e6: softmaxSumError(n), and roundings of exp",
        {
          else: "attention over a long context, and the head's gradient over a real vocabulary, do not add up to 1",
          ...given,
          holds: async (reduction, n, kind) => {
            const share = softmaxSumError(backend, n) + (3 * functionRoundings + 40) * unitRoundoff32;
            const rows = rowsOf(n, kind, 20);
            (await reduced(reduction, rows)).forEach((found, r) => {
              const row = rows[r]!;
              const most = row.reduce((a, b) => Math.max(a, b));
              const sum = total(row, (x) => Math.exp(x - most));
              let worst = 0;
              found.forEach((p, i) => {
                const exact = Math.exp(row[i]! - most) / sum;
                worst = Math.max(worst, Math.abs(p - exact) / (share * exact + 2 ** -126));
              });
              expect(worst, `row ${r}: largest error over its bound`).toBeLessThanOrEqual(1);
            });
          },
          rejects: {
            "one running float32 sum": [
              running(
                (x, most) => Math.exp(x - most),
                (sum, row) => {
                  const most = row.reduce((a, b) => Math.max(a, b));
                  return row.map((x) => Math.exp(x - most) / sum);
                },
              ),
              ...peak,
            ],
          },
        },
      ),
  );
}

type Sum = (x: tf.Tensor, axes: number[] | undefined, keepDims: boolean) => tf.Tensor;

/** Shapes with a long axis at any place, and which axes to sum over. */
const anyAxes = fc
  .record({
    long: fc.constantFrom(1, 5, 1100, 4099),
    place: fc.nat(2),
    sizes: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    axes: fc.option(fc.subarray([0, 1, 2], { minLength: 1 }), { nil: undefined }),
    keepDims: fc.boolean(),
  })
  .map(({ long, place, sizes, ...rest }) => ({ shape: sizes.toSpliced(place, 0, long), ...rest }));

/** Sums of x[i] = i mod 7 by plain indexing: whole numbers, so that every order gives the same. */
function plainSum(shape: readonly number[], axes: readonly number[], keepDims: boolean) {
  const size = shape.reduce((a, b) => a * b, 1);
  const isSummed = (axis: number) => axes.includes(axis);
  const sums = new Map<string, number>();
  for (let i = 0; i < size; i++) {
    const place = shape.map((length, axis) => {
      const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
      return isSummed(axis) ? 0 : Math.floor(i / stride) % length;
    });
    sums.set(place.join(), (sums.get(place.join()) ?? 0) + (i % 7));
  }
  const outShape = shape.flatMap((length, axis) => (isSummed(axis) ? (keepDims ? [1] : []) : [length]));
  return { outShape, values: [...sums.values()] };
}

function lawsOfAxes(backend: BackendName): void {
  // cuda combines neighbouring axes only
  const canReduce = (axes: readonly number[] | undefined) => backend !== "cuda" || axes?.join() !== "0,2";
  // the shader of tf.js 4.22's webgpu transpose of int32 does not compile
  const dtype =
    backend === "webgpu" ? fc.constant("float32" as const) : fc.constantFrom<"float32" | "int32">("float32", "int32");
  const { numRuns } = runsOn(backend, 60);
  const example = { shape: [2, 1100, 3], axes: [1], keepDims: false };
  lawsOf<Sum>(
    "tf.sum, tf.mean",
    (x, axes, keepDims) => tf.sum(x, axes, keepDims),
    (law) =>
      law("reduce the axes that are asked for, in float32 and int32, and free what they made on the way", {
        for: [anyAxes.filter(({ axes }) => canReduce(axes)), dtype],
        holds: async (sum, { shape, axes, keepDims }, type) => {
          const size = shape.reduce((a, b) => a * b, 1);
          const x = tf.tensor(
            Array.from({ length: size }, (_, i) => i % 7),
            shape,
            type,
          );
          const before = [tf.memory().numTensors, tf.backend().numDataIds()];
          const y = sum(x, axes, keepDims);
          expect([tf.memory().numTensors, tf.backend().numDataIds()]).toEqual(before.map((count) => count + 1));
          const expected = plainSum(shape, axes ?? [0, 1, 2], keepDims);
          expect(y.shape).toEqual(expected.outShape);
          expect([...(await y.data())]).toEqual(expected.values);
          tf.dispose(y);
          const mean = tf.mean(x, axes, keepDims);
          const n = size / expected.values.length;
          expect(mean.shape).toEqual(expected.outShape);
          (await mean.data()).forEach((value, i) =>
            expectWithin(value, expected.values[i]! / n, 100 * unitRoundoff32 * 7, `mean ${i}`),
          );
          tf.dispose([x, mean]);
        },
        examples: [
          [example, "float32"],
          [{ ...example, axes: [0, 1], keepDims: true }, "float32"],
        ],
        numRuns,
        rejects: {
          "the last axis, whatever is asked for": [(x, _, keepDims) => tf.sum(x, -1, keepDims), example, "float32"],
          "axes that are kept": [(x, axes) => tf.sum(x, axes, true), example, "float32"],
          "a tensor left behind": [
            (x, axes, keepDims) => tf.sum(tf.neg(tf.neg(x)), axes, keepDims),
            example,
            "float32",
          ],
        },
      }),
  );
}

forEachBackend((backend) => {
  lawsOfReductions(backend);
  lawsOfAxes(backend);
});
