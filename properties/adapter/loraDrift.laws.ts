import fc from "fast-check";
import type { BasisDrift } from "../../src/adapter/adapter.ts";
import { loraDrift, weightChangeCosine } from "../../src/adapter/loraDrift.ts";
import type { LoraPair } from "../../src/adapter/loraStart.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, gamma, unitRoundoff32, unitRoundoff64 } from "../support/tolerance.ts";

/** Modules of 4 inputs and 3 outputs under a LoRA of rank 2. */
const [rank, dIn, dOut] = [2, 4, 3];

type Factors = ReadonlyMap<string, LoraPair>;
const factorsOf = (pairs: readonly LoraPair[]): Factors =>
  new Map(pairs.map((pair, m) => [`model.layers.${m}.mlp.up_proj`, pair]));
const pair = (loraA: readonly number[], loraB: readonly number[]): LoraPair => ({
  loraA: Float32Array.from(loraA),
  loraB: Float32Array.from(loraB),
});

/** Angles by which A and B of a module turn. */
interface Turn {
  readonly a: number;
  readonly b: number;
}
const anyAngle = fc.double({ min: 0, max: Math.PI / 2, noNaN: true });
const anyTurns: fc.Arbitrary<Turn[]> = fc.array(fc.record({ a: anyAngle, b: anyAngle }), {
  minLength: 1,
  maxLength: 3,
});
const someB = [1, 0, 0, 1, 0, 0]; // columns e1, e2
const zeroB = [0, 0, 0, 0, 0, 0];
/** A's rows e1 and cos e2 + sin e3. */
const turnedA = (angle: number) => [1, 0, 0, 0, 0, Math.cos(angle), Math.sin(angle), 0];
/** B's columns e1 and cos e2 + sin e3. */
const turnedB = (angle: number) => [1, 0, 0, Math.cos(angle), 0, Math.sin(angle)];

/** Knobs are float32: an angle between spans of them is known no better. */
const angleBound = gamma(16, unitRoundoff32);

type Drift = (rank: number, start: Factors, now: Factors, v: Factors) => BasisDrift;
const drifted = (drift: Drift, start: readonly LoraPair[], now: readonly LoraPair[]) =>
  drift(rank, factorsOf(start), factorsOf(now), factorsOf(start));

/** The real drift, its figures tampered with. */
const changed =
  (change: (figures: BasisDrift) => Partial<BasisDrift>): Drift =>
  (...given) => {
    const figures = loraDrift(...given);
    return { ...figures, ...change(figures) };
  };
const toothTurn: Turn[] = [{ a: 0.3, b: 1 }];

lawsOf<Drift>("loraDrift", loraDrift, (law) => {
  law("measures planted turns: means over modules of the largest angles of A and of B, and of A's squared cosines", {
    else: "a LoRA's v_hack that no longer points where it was extracted passes for one that does",
    for: [anyTurns],
    holds: (drift, turns) => {
      const still = turns.map(() => pair(turnedA(0), turnedB(0)));
      const now = turns.map(({ a, b }) => pair(turnedA(a), turnedB(b)));
      const { inputAngle, outputAngle, inputOverlap } = drifted(drift, still, now);
      const mean = (value: (turn: Turn) => number) => turns.reduce((sum, turn) => sum + value(turn), 0) / turns.length;
      const overlap = mean(({ a }) => (1 + Math.cos(a) ** 2) / 2);
      expectWithin(
        inputAngle,
        mean(({ a }) => a),
        angleBound,
        "angle of A",
      );
      expectWithin(
        outputAngle,
        mean(({ b }) => b),
        angleBound,
        "angle of B",
      );
      expectWithin(inputOverlap, overlap, 2 * angleBound, "overlap");
    },
    rejects: {
      "A and B swapped": [
        changed(({ inputAngle, outputAngle }) => ({ inputAngle: outputAngle, outputAngle: inputAngle })),
        toothTurn,
      ],
      degrees: [changed(({ inputAngle }) => ({ inputAngle: (inputAngle * 180) / Math.PI })), toothTurn],
      "cosines not squared": [
        changed(({ inputAngle }) => ({ inputOverlap: (1 + Math.cos(inputAngle)) / 2 })),
        toothTurn,
      ],
      "the largest angle for all": [
        changed(({ inputAngle }) => ({ inputOverlap: Math.cos(inputAngle) ** 2 })),
        toothTurn,
      ],
    },
  });

  law("is invariant to the basis: A' = T A, B' = B T^-1 -> angle 0, overlap 1", {
    for: [anyAngle, fc.integer({ min: -3, max: 3 })],
    holds: (drift, angle, shear) => {
      const [a, b] = [turnedA(angle), turnedB(angle)];
      const mixed = pair(
        [...a.slice(0, dIn).map((value, i) => value + shear * a[dIn + i]!), ...a.slice(dIn)],
        b.map((value, i) => (i % rank === 0 ? value : value - shear * b[i - 1]!)),
      );
      const { inputAngle, outputAngle, inputOverlap } = drifted(drift, [pair(a, b)], [mixed]);
      const bound = angleBound * (1 + Math.abs(shear)) ** 2;
      expectWithin(inputAngle, 0, bound, "angle of A");
      expectWithin(outputAngle, 0, bound, "angle of B");
      expectWithin(inputOverlap, 1, bound, "overlap");
    },
    rejects: {
      "an angle between entries": [
        (rank, start, now, v) => {
          const [was, is] = [start, now].map((factors) => [...factors.values()][0]!.loraA);
          const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
          const cosine = dot(was!, is!) / Math.sqrt(dot(was!, was!) * dot(is!, is!));
          return { ...loraDrift(rank, start, now, v), inputAngle: Math.acos(Math.min(1, cosine)) };
        },
        0.5,
        2,
      ],
    },
  });

  law("reports a right angle where B was zero: pi / 2", {
    for: [],
    holds: (drift) => {
      const { inputAngle, outputAngle } = drifted(drift, [pair(turnedA(0), zeroB)], [pair(turnedA(0), someB)]);
      expectWithin(inputAngle, 0, angleBound, "angle of A");
      expectWithin(outputAngle, Math.PI / 2, 0, "angle of B");
    },
    rejects: {
      "no drift where there was no subspace": [
        changed(({ outputAngle }) => ({ outputAngle: outputAngle === Math.PI / 2 ? 0 : outputAngle })),
      ],
    },
  });
});

/** One module's factors at the start, now, and along v_hack; small whole numbers, so that the change of B A is exact. */
interface Meant {
  readonly start: LoraPair;
  readonly now: LoraPair;
  readonly v: LoraPair;
}
const whole = (length: number) => fc.array(fc.integer({ min: -3, max: 3 }), { minLength: length, maxLength: length });
const anyPair = fc.tuple(whole(8), whole(6)).map(([a, b]) => pair(a, b));
const anyModules: fc.Arbitrary<Meant[]> = fc.array(fc.record({ start: anyPair, now: anyPair, v: anyPair }), {
  minLength: 1,
  maxLength: 3,
});
const toothModules: Meant[] = [
  {
    start: pair([1, 0, 2, 0, 0, 1, 0, 1], [1, 0, 0, 1, 2, 0]),
    now: pair([0, 1, 1, 0, 2, 1, 0, 0], [0, 1, 1, 1, 0, 0]),
    v: pair([1, 1, 0, 0, 0, 0, 1, -1], [1, 2, 0, -1, 1, 0]),
  },
  {
    start: pair([0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]),
    now: pair([1, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]),
    v: pair([1, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]),
  },
];

/** ((B + vB)(A + vA) - (B - vB)(A - vA)) / 2, [dOut, dIn] */
function change({ loraA, loraB }: LoraPair, v: LoraPair): number[] {
  const along = (sign: number, o: number, i: number) =>
    [0, 1].reduce((sum, q) => {
      const b = loraB[o * rank + q]! + sign * v.loraB[o * rank + q]!;
      return sum + b * (loraA[q * dIn + i]! + sign * v.loraA[q * dIn + i]!);
    }, 0);
  return Array.from({ length: dOut * dIn }, (_, at) => {
    const [o, i] = [Math.floor(at / dIn), at % dIn];
    return (along(1, o, i) - along(-1, o, i)) / 2;
  });
}

type Cosine = typeof weightChangeCosine;
function expectCosine(cosine: Cosine, modules: readonly Meant[], wanted: number): void {
  const of = (name: keyof Meant) => factorsOf(modules.map((module) => module[name]));
  const found = cosine(rank, of("start"), of("now"), of("v"));
  expectWithin(found, wanted, gamma(8 + modules.length, unitRoundoff64), "cosine");
}

const only =
  (half: "loraA" | "loraB"): Cosine =>
  (rank, start, now, v) => {
    const without = ({ loraA, loraB }: LoraPair) =>
      half === "loraA" ? pair([...loraA], zeroB) : { loraA: loraA.map(() => 0), loraB };
    return weightChangeCosine(rank, start, now, factorsOf([...v.values()].map(without)));
  };
const silentCounted: Cosine = (rank, start, now, v) => weightChangeCosine(rank, start, now, v) / start.size;

lawsOf("weightChangeCosine", weightChangeCosine, (law) => {
  law("agrees with differences: cos(D_start(v), D_now(v)), D(v) = d/de (B + e vB)(A + e vA), mean over modules", {
    else: "the report says that v_hack still means the same change of the weights when it does not",
    for: [anyModules],
    holds: (cosine, modules) => {
      const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
      const cosines = modules.flatMap(({ start, now, v }) => {
        const [was, is] = [change(start, v), change(now, v)];
        const size = Math.sqrt(dot(was, was)) * Math.sqrt(dot(is, is));
        return size === 0 ? [] : [dot(was, is) / size];
      });
      const sum = cosines.reduce((total, value) => total + value, 0);
      expectCosine(cosine, modules, cosines.length === 0 ? 0 : sum / cosines.length);
    },
    rejects: {
      "B vA alone": [only("loraA"), toothModules],
      "vB A alone": [only("loraB"), toothModules],
      "the factors in place of v_hack": [
        (rank, start, now) => weightChangeCosine(rank, start, now, start),
        toothModules,
      ],
      "both changes taken at the start": [
        (rank, start, _now, v) => weightChangeCosine(rank, start, start, v),
        toothModules,
      ],
      "silent modules counted as 0": [silentCounted, toothModules],
    },
  });

  law("is 1 while nothing moves, 0 where v changes nothing", {
    for: [anyModules],
    holds: (cosine, modules) => {
      const still = modules.map(({ start, v }) => ({ start, now: start, v }));
      expectCosine(cosine, still, modules.some(({ start, v }) => change(start, v).some((x) => x !== 0)) ? 1 : 0);
    },
    rejects: {
      "1 where v changes nothing": [(...given) => weightChangeCosine(...given) || 1, toothModules.slice(1)],
      "silent modules counted as 0": [silentCounted, toothModules],
    },
  });
});
