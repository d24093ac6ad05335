import { expect } from "vitest";
import { AntiPasto } from "../../../src/adapter/antipasto.ts";
import { packKnobs } from "../../../src/adapter/knobTable.ts";
import { Lora, type LoraPair } from "../../../src/adapter/lora.ts";
import type { basisDrift, meaningOfVHack } from "../../../src/probe/replay/basisDrift.ts";
import { expectWithin, gamma, unitRoundoff32, unitRoundoff64 } from "../../support/tolerance.ts";

export type Drift = typeof basisDrift;
export type Meaning = typeof meaningOfVHack;

/** Modules of 4 inputs and 3 outputs under a LoRA of rank 2, and tables of its knobs. */
const [rank, dIn, dOut] = [2, 4, 3];
export interface LoraTables {
  readonly adapter: Lora;
  table(factors: readonly LoraPair[]): Float32Array;
}

export function loraOf(moduleCount: number): LoraTables {
  const names = Array.from({ length: moduleCount }, (_, m) => `model.layers.${m}.mlp.up_proj`);
  const adapter = new Lora(
    names.map((moduleName) => ({ moduleName, dIn, dOut })),
    { rank, alpha: 4, bStd: 0.1, seed: 1 },
  );
  return {
    adapter,
    table: (factors) =>
      packKnobs(adapter.layout, new Map(names.map((name, m) => [name, [...factors[m]!.loraA, ...factors[m]!.loraB]]))),
  };
}

export const pair = (loraA: readonly number[], loraB: readonly number[]): LoraPair => ({
  loraA: Float32Array.from(loraA),
  loraB: Float32Array.from(loraB),
});
const someB = [1, 0, 0, 1, 0, 0]; // columns e1, e2
const zeroB = [0, 0, 0, 0, 0, 0];
/** A's rows e1 and cos e2 + sin e3. */
const turnedA = (angle: number) => [1, 0, 0, 0, 0, Math.cos(angle), Math.sin(angle), 0];
/** B's columns e1 and cos e2 + sin e3. */
const turnedB = (angle: number) => [1, 0, 0, Math.cos(angle), 0, Math.sin(angle)];

/** Knobs are float32: an angle between spans of them is known no better. */
const angleBound = gamma(16, unitRoundoff32);

function drifted(drift: Drift, start: readonly LoraPair[], now: readonly LoraPair[]): Record<string, number> {
  const { adapter, table } = loraOf(start.length);
  return drift(adapter, { start: table(start), v: table(start) }, table(now));
}

export const driftLaws = {
  /** A turned by one angle and B by another, module by module: the means of both, and of (1 + cos^2) / 2. */
  measuresPlantedTurns(drift: Drift, turns: readonly { readonly a: number; readonly b: number }[]): void {
    const still = turns.map(() => pair(turnedA(0), turnedB(0)));
    const now = drifted(
      drift,
      still,
      turns.map(({ a, b }) => pair(turnedA(a), turnedB(b))),
    );
    const mean = (value: (turn: { a: number; b: number }) => number) =>
      turns.reduce((sum, turn) => sum + value(turn), 0) / turns.length;
    expectWithin(
      now["drift_angle_a"]!,
      mean(({ a }) => a),
      angleBound,
      "angle of A",
    );
    expectWithin(
      now["drift_angle_b"]!,
      mean(({ b }) => b),
      angleBound,
      "angle of B",
    );
    expectWithin(
      now["drift_overlap"]!,
      mean(({ a }) => (1 + Math.cos(a) ** 2) / 2),
      2 * angleBound,
      "overlap",
    );
  },

  /** The factors may be written in another basis, A' = T A and B' = B T^-1: the subspaces are the same. */
  ignoresTheBasis(drift: Drift, angle: number, shear: number): void {
    const [a, b] = [turnedA(angle), turnedB(angle)];
    const mixed = pair(
      [...a.slice(0, dIn).map((value, i) => value + shear * a[dIn + i]!), ...a.slice(dIn)],
      b.map((value, i) => (i % rank === 0 ? value : value - shear * b[i - 1]!)),
    );
    const now = drifted(drift, [pair(a, b)], [mixed]);
    const bound = angleBound * (1 + Math.abs(shear)) ** 2;
    expectWithin(now["drift_angle_a"]!, 0, bound, "angle of A");
    expectWithin(now["drift_angle_b"]!, 0, bound, "angle of B");
    expectWithin(now["drift_overlap"]!, 1, bound, "overlap");
  },

  /** B = 0 spans nothing: its subspace, when it comes, stands at a right angle to what was. */
  seesBComeIntoBeing(drift: Drift): void {
    const now = drifted(drift, [pair(turnedA(0), zeroB)], [pair(turnedA(0), someB)]);
    expect([now["drift_angle_a"]! <= angleBound, now["drift_angle_b"]]).toEqual([true, Math.PI / 2]);
  },

  /** AntiPaSTO's basis is the frozen weight's own. */
  isNoneForAFrozenBasis(drift: Drift, knobs: readonly number[]): void {
    const table = Float32Array.from(knobs);
    const one = { u: Float32Array.of(1), s: Float64Array.of(1), vh: Float32Array.of(1), r: 1 };
    const adapter = new AntiPasto(["a"], new Map([["a", one]]));
    const measured = drift(adapter, { start: table.map(() => 0), v: table }, table);
    adapter.dispose();
    expect(measured).toEqual({ drift_angle_a: 0, drift_angle_b: 0, drift_overlap: 1, v_hack_meaning: 1 });
  },
};

/** One module's factors at the start, now, and along v_hack; small whole numbers, so that the change of B A is exact. */
export interface Meant {
  readonly start: LoraPair;
  readonly now: LoraPair;
  readonly v: LoraPair;
}

export const meaningLaws = {
  /** D(v) is what a central difference of B A along v says; exact, as B A is quadratic and the numbers are whole. */
  agreesWithDifferences(meaning: Meaning, modules: readonly Meant[]): void {
    const cosines = modules.flatMap(({ start, now, v }) => {
      const [was, is] = [change(start, v), change(now, v)];
      const size = Math.sqrt(was.reduce((sum, x) => sum + x * x, 0)) * Math.sqrt(is.reduce((sum, x) => sum + x * x, 0));
      return size === 0 ? [] : [was.reduce((sum, x, i) => sum + x * is[i]!, 0) / size];
    });
    expectMeaning(
      meaning,
      modules,
      cosines.length === 0 ? 0 : cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length,
    );
  },

  isOneWhileNothingMoves(meaning: Meaning, modules: readonly Meant[]): void {
    expectMeaning(
      meaning,
      modules.map(({ start, v }) => ({ start, now: start, v })),
      modules.some(({ start, v }) => change(start, v).some((x) => x !== 0)) ? 1 : 0,
    );
  },
};

function expectMeaning(meaning: Meaning, modules: readonly Meant[], wanted: number): void {
  const { adapter, table } = loraOf(modules.length);
  const [start, now, v] = [
    table(modules.map((m) => m.start)),
    table(modules.map((m) => m.now)),
    table(modules.map((m) => m.v)),
  ];
  expectWithin(meaning(adapter, start, now, v), wanted, gamma(8 + modules.length, unitRoundoff64), "meaning");
}

/** ((B + vB)(A + vA) - (B - vB)(A - vA)) / 2, [dOut, dIn] */
function change({ loraA, loraB }: LoraPair, v: LoraPair): number[] {
  const along = (sign: number, o: number, i: number) =>
    Array.from(
      { length: rank },
      (_, q) =>
        (loraB[o * rank + q]! + sign * v.loraB[o * rank + q]!) * (loraA[q * dIn + i]! + sign * v.loraA[q * dIn + i]!),
    ).reduce((sum, x) => sum + x, 0);
  return Array.from(
    { length: dOut * dIn },
    (_, at) => (along(1, Math.floor(at / dIn), at % dIn) - along(-1, Math.floor(at / dIn), at % dIn)) / 2,
  );
}
