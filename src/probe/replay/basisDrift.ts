import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Adapter } from "../../adapter/adapter.ts";
import { Lora, type LoraPair } from "../../adapter/lora.ts";
import { dot } from "../../numeric/linalg/blas1.ts";
import { matMul, matrix, transpose, type Matrix } from "../../numeric/linalg/matrix.ts";
import { mean } from "../../numeric/moments.ts";
import { thinSvd } from "../../numeric/linalg/thinSvd.ts";
import { principalAngles } from "../../vhack/compareVHack.ts";

/** What drift is measured from, read from the device. */
export interface ExtractionBasis {
  readonly start: Float32Array; // the knobs that v_hack was extracted at, [M, P]
  readonly v: Float32Array; // its unit directions, [M, P]
}

/** @param v  v_hack's unit directions, [M, P] */
export async function extractionBasis(adapter: Adapter, v: Tensor2D): Promise<ExtractionBasis> {
  const knobs = adapter.initialKnobs();
  const [start, directions] = await Promise.all([knobs.data(), v.data()]);
  knobs.dispose();
  return { start: Float32Array.from(start), v: Float32Array.from(directions) };
}

/**
 * How far an adapter's basis has turned since v_hack was extracted.
 *
 *     angle   = mean over modules of the largest principal angle, radians, between the extraction-time and the present
 *               row space of A (drift_angle_a), column space of B (drift_angle_b)
 *     overlap = mean over modules of the mean squared cosine of A's principal angles: 1 for the same subspace, rank / dIn for
 *               unrelated ones
 *
 * A subspace that does not exist yet (B = 0) stands at a right angle to every other.
 * AntiPaSTO's basis is the frozen weight's own and never turns.
 *
 *     meaning = see meaningOfVHack
 *
 * @param now  the present knobs, [M, P]
 */
export function basisDrift(
  adapter: Adapter,
  { start, v }: ExtractionBasis,
  now: ArrayLike<number>,
): Record<string, number> {
  if (!(adapter instanceof Lora)) return { drift_angle_a: 0, drift_angle_b: 0, drift_overlap: 1, v_hack_meaning: 1 };
  const [before, after] = [adapter.factorsOf(start), adapter.factorsOf(now)];
  const { rank } = adapter.init;
  const angles = adapter.layout.moduleNames.map((moduleName) => {
    const [old, present] = [before.get(moduleName)!, after.get(moduleName)!];
    return {
      a: principalAngles(rowSpaceOfA(old, rank), rowSpaceOfA(present, rank)),
      b: principalAngles(columnSpaceOfB(old, rank), columnSpaceOfB(present, rank)),
    };
  });
  return {
    drift_angle_a: mean(angles.map(({ a }) => largest(a))),
    drift_angle_b: mean(angles.map(({ b }) => largest(b))),
    drift_overlap: mean(angles.map(({ a }) => mean(Array.from(a, (angle) => Math.cos(angle) ** 2)))),
    v_hack_meaning: meaningOfVHack(adapter, start, now, v),
  };
}

function largest(angles: Float64Array): number {
  return angles.length === 0 ? Math.PI / 2 : angles.at(-1)!;
}

function rowSpaceOfA({ loraA }: LoraPair, rank: number): Matrix {
  return orthonormalRows(matrix(rank, loraA.length / rank, loraA));
}

function columnSpaceOfB({ loraB }: LoraPair, rank: number): Matrix {
  return orthonormalRows(transpose(matrix(loraB.length / rank, rank, loraB)));
}

/** An orthonormal basis of the row space, as rows; directions under rounding of the largest are none. */
function orthonormalRows(a: Matrix): Matrix {
  const { s, vh } = thinSvd(a);
  const kept = s.filter((value) => value > s[0]! * 2 ** -20).length;
  return matrix(kept, vh.cols, vh.data.slice(0, kept * vh.cols));
}

/**
 * Whether v_hack still means the same change of the weights.
 *
 *     D(v) = B vA + vB A          the change of B A that a small step of the knobs along v = [vA, vB] makes
 *     cosine = mean over modules of <D_start(v), D_now(v)> / (|D_start(v)| |D_now(v)|)
 *
 * 1 while the basis stands still; a module where either is zero is left out.
 *
 * @param v  v_hack's rows in the table's layout, [M, P]
 */
export function meaningOfVHack(
  adapter: Lora,
  start: ArrayLike<number>,
  now: ArrayLike<number>,
  v: ArrayLike<number>,
): number {
  const [before, after, directions] = [adapter.factorsOf(start), adapter.factorsOf(now), adapter.factorsOf(v)];
  const { rank } = adapter.init;
  const cosines = adapter.layout.moduleNames.flatMap((moduleName) => {
    const direction = directions.get(moduleName)!;
    const [old, present] = [before.get(moduleName)!, after.get(moduleName)!].map(
      (pair) => weightChange(pair, direction, rank).data,
    );
    const sizes = Math.sqrt(dot(old!, 0, old!, 0, old!.length) * dot(present!, 0, present!, 0, present!.length));
    return sizes === 0 ? [] : [dot(old!, 0, present!, 0, old!.length) / sizes];
  });
  return cosines.length === 0 ? 0 : mean(cosines);
}

/** [dOut, dIn] */
function weightChange(pair: LoraPair, v: LoraPair, rank: number): Matrix {
  const a = (factor: LoraPair) => matrix(rank, factor.loraA.length / rank, factor.loraA);
  const b = (factor: LoraPair) => matrix(factor.loraB.length / rank, rank, factor.loraB);
  const [left, right] = [matMul(b(pair), a(v)), matMul(b(v), a(pair))];
  return matrix(
    left.rows,
    left.cols,
    left.data.map((value, i) => value + right.data[i]!),
  );
}
