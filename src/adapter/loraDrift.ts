import type { BasisDrift } from "./adapter.ts";
import type { LoraPair } from "./loraStart.ts";
import { dot } from "../numeric/linalg/blas1.ts";
import { matMul, matrix, transpose, type Matrix } from "../numeric/linalg/matrix.ts";
import { principalAngles } from "../numeric/linalg/principalAngles.ts";
import { thinSvd } from "../numeric/linalg/thinSvd.ts";
import { mean } from "../numeric/moments.ts";

/** A LoRA's factors by module. */
type Factors = ReadonlyMap<string, LoraPair>;

/**
 * How far a LoRA's basis has turned: the row space of A is what it reads of the input, the column space of B what it writes
 * to the output.
 *
 * A subspace that does not exist yet (B = 0) counts as at a right angle to every other.
 *
 * @param v  v_hack's unit directions, laid out as factors
 */
export function loraDrift(rank: number, start: Factors, now: Factors, v: Factors): BasisDrift {
  const angles = [...start].map(([moduleName, old]) => {
    const present = now.get(moduleName)!;
    return {
      a: principalAngles(rowSpaceOfA(old, rank), rowSpaceOfA(present, rank)),
      b: principalAngles(columnSpaceOfB(old, rank), columnSpaceOfB(present, rank)),
    };
  });
  return {
    inputAngle: mean(angles.map(({ a }) => largest(a))),
    outputAngle: mean(angles.map(({ b }) => largest(b))),
    inputOverlap: mean(angles.map(({ a }) => mean(Array.from(a, (angle) => Math.cos(angle) ** 2)))),
    weightChangeCosine: weightChangeCosine(rank, start, now, v),
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
 * 1 while the basis does not turn. A module where either is zero is left out; 0 where every module is.
 */
export function weightChangeCosine(rank: number, start: Factors, now: Factors, v: Factors): number {
  const cosines = [...start].flatMap(([moduleName, before]) => {
    const direction = v.get(moduleName)!;
    const old = weightChange(before, direction, rank).data;
    const present = weightChange(now.get(moduleName)!, direction, rank).data;
    const sizes = Math.sqrt(dot(old, 0, old, 0, old.length) * dot(present, 0, present, 0, present.length));
    return sizes === 0 ? [] : [dot(old, 0, present, 0, old.length) / sizes];
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
