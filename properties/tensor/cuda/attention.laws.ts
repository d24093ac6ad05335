import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect } from "vitest";
import { packedAttention, packedAttentionBackward } from "../../../src/nn/attention.ts";
import { PackedRows, type Segment } from "../../../src/nn/packedRows.ts";
import { seededRng } from "../../../src/numeric/rng.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { roundToBf16, unitRoundoffBf16 } from "./bf16.ts";
import { edits, onHost, type EditedKernel, unedited } from "./editedKernel.ts";
import { canTryCuda, startCudaForTests } from "./startCudaForTests.ts";

/** Samples in order: completions' lengths after a prompt of P tokens that they share, or whole samples where P = 0. */
interface AttentionWorld {
  readonly P: number;
  readonly Ts: readonly number[];
  readonly Hkv: number;
  readonly G: number;
  readonly Dh: number;
  readonly seed: number;
}

const anyWorld: fc.Arbitrary<AttentionWorld> = fc.record(
  {
    P: fc.constantFrom(0, 1, 5, 64, 70),
    Ts: fc.array(fc.constantFrom(1, 3, 17, 63, 64, 65, 90), { minLength: 1, maxLength: 2 }),
    Hkv: fc.constantFrom(1, 2),
    G: fc.constantFrom(1, 2),
    Dh: fc.constantFrom(2, 8, 16, 24, 32),
    seed: fc.nat(),
  },
  { noNullPrototype: true },
);
/** More than one tile of queries and keys, a shared prompt, grouped heads, and a head that does not fill its tile. */
const tooth: AttentionWorld = { P: 70, Ts: [65, 3], Hkv: 2, G: 2, Dh: 24, seed: 7 };

function rowsOf({ P, Ts }: AttentionWorld): PackedRows {
  const segments: Segment[] = [];
  let start = 0;
  const next = (length: number, prefix: Segment | null): Segment => {
    const segment = { start, length, prefix };
    segments.push(segment);
    start += length;
    return segment;
  };
  const prompt = P === 0 ? null : next(P, null);
  const samples = Ts.map((T) => next(T, prompt));
  return new PackedRows(segments, samples);
}

/** The places of a segment's tokens, its prefix's first. */
const placesOf = ({ start, length, prefix }: Segment): number[] => [
  ...(prefix === null ? [] : placesOf(prefix)),
  ...Array.from({ length }, (_, t) => start + t),
];

type Values = Record<"q" | "k" | "v" | "dY", Float32Array>;

/** Numbers that bfloat16 holds, so that operands lose nothing and the bound is of the kernel's own roundings. */
function valuesOf(world: AttentionWorld, Np: number, N: number): Values {
  const rng = seededRng(world.seed, "attention");
  const { Hkv, G, Dh } = world;
  const draw = (count: number) => Float32Array.from({ length: count }, () => roundToBf16(rng.normal()));
  return { q: draw(Np * Hkv * G * Dh), k: draw(Np * Hkv * Dh), v: draw(Np * Hkv * Dh), dY: draw(N * Hkv * G * Dh) };
}

type Gradients = Record<"y" | "dQ" | "dK" | "dV", Float64Array>;

/** What the backend gives. */
async function byKernel(world: AttentionWorld, rows: PackedRows, values: Values): Promise<Gradients> {
  const { Hkv, G, Dh } = world;
  const tensor = (x: Float32Array, H: number) => tf.tensor3d(x, [x.length / (H * Dh), H, Dh]);
  const [q, k, v] = [tensor(values.q, Hkv * G), tensor(values.k, Hkv), tensor(values.v, Hkv)];
  const dY = tensor(values.dY, Hkv * G);
  const { y, saved } = packedAttention(q, k, v, rows);
  const given = packedAttentionBackward(dY, saved, rows);
  const read = async (x: tf.Tensor) => Float64Array.from(await x.data());
  const found = { y: await read(y), dQ: await read(given.dQ), dK: await read(given.dK), dV: await read(given.dV) };
  tf.dispose([q, k, v, dY, y, saved, given]);
  return found;
}

const u = unitRoundoffBf16;

/**
 * One sample's attention and its gradients in float64, with bounds: probabilities, their gradients and the output are
 * rounded to bfloat16 once each, so each sum is off by u times the sum of its terms' magnitudes, and delta = dY · y by what y is.
 *
 * Float32 sums and exp2's error are far below u; `slack` covers them.
 */
function addSample(world: AttentionWorld, values: Values, places: number[], first: number, add: Add): void {
  const { Hkv, G, Dh } = world;
  const H = Hkv * G;
  const root = 1 / Math.sqrt(Dh);
  const [L, slack] = [places.length, 1.02];
  for (let h = 0; h < H; h++) {
    const kv = Math.floor(h / G);
    const at = (x: Float32Array, row: number, heads: number, head: number, i: number) =>
      x[(row * heads + head) * Dh + i]!;
    for (let t = 0; t < L; t++) {
      const scores = places.slice(0, t + 1).map((p) => {
        let s = 0;
        for (let i = 0; i < Dh; i++) s += at(values.q, places[t]!, H, h, i) * at(values.k, p, Hkv, kv, i);
        return s * root;
      });
      const peak = Math.max(...scores);
      const exps = scores.map((s) => Math.exp(s - peak));
      const total = exps.reduce((a, b) => a + b, 0);
      const p = exps.map((e) => e / total);
      let [delta, deltaError] = [0, 0];
      for (let i = 0; i < Dh; i++) {
        let [y, size] = [0, 0];
        p.forEach((weight, j) => {
          y += weight * at(values.v, places[j]!, Hkv, kv, i);
          size += weight * Math.abs(at(values.v, places[j]!, Hkv, kv, i));
        });
        const error = slack * u * (size + Math.abs(y));
        add("y", (places[t]! * H + h) * Dh + i, y, error, true);
        delta += at(values.dY, first + t, H, h, i) * y;
        deltaError += Math.abs(at(values.dY, first + t, H, h, i)) * error;
      }
      p.forEach((weight, j) => {
        let dP = 0;
        for (let i = 0; i < Dh; i++) dP += at(values.dY, first + t, H, h, i) * at(values.v, places[j]!, Hkv, kv, i);
        const dS = weight * (dP - delta);
        const error = slack * (u * Math.abs(dS) + weight * deltaError);
        for (let i = 0; i < Dh; i++) {
          const [key, query] = [at(values.k, places[j]!, Hkv, kv, i), at(values.q, places[t]!, H, h, i)];
          const slope = at(values.dY, first + t, H, h, i);
          add("dQ", ((first + t) * H + h) * Dh + i, root * dS * key, root * error * Math.abs(key), false);
          add("dK", ((first + j) * Hkv + kv) * Dh + i, root * dS * query, root * error * Math.abs(query), false);
          add("dV", ((first + j) * Hkv + kv) * Dh + i, weight * slope, slack * u * weight * Math.abs(slope), false);
        }
      });
    }
  }
}

type Add = (what: keyof Gradients, at: number, value: number, error: number, once: boolean) => void;

/** Largest share of its bound that any number's error takes. */
function worstShare(world: AttentionWorld, rows: PackedRows, values: Values, found: Gradients): number {
  const empty = () => ({
    y: new Float64Array(found.y.length),
    dQ: new Float64Array(found.dQ.length),
    dK: new Float64Array(found.dK.length),
    dV: new Float64Array(found.dV.length),
  });
  const [wanted, bounds] = [empty(), empty()];
  const add: Add = (what, at, value, error, once) => {
    wanted[what][at] = once ? value : wanted[what][at]! + value;
    bounds[what][at] = once ? error : bounds[what][at]! + error;
  };
  let first = 0;
  for (const sample of rows.samples) {
    const places = placesOf(sample);
    addSample(world, values, places, first, add);
    first += places.length;
  }
  // dV is stored as bfloat16
  wanted.dV.forEach((value, i) => (bounds.dV[i]! += u * Math.abs(value)));
  const floor = 1e-6; // of float32 sums that cancel
  const shares = (["y", "dQ", "dK", "dV"] as const).flatMap((what) =>
    Array.from(found[what], (value, i) => Math.abs(value - wanted[what][i]!) / (bounds[what][i]! + floor)),
  );
  return shares.reduce((most, share) => (share <= most ? most : share), 0);
}

async function agrees(edit: EditedKernel, world: AttentionWorld): Promise<void> {
  const rows = rowsOf(world);
  const Np = rows.segments.reduce((sum, { length }) => sum + length, 0);
  const N = rows.samples.reduce((sum, sample) => sum + placesOf(sample).length, 0);
  const values = valuesOf(world, Np, N);
  const found = await onHost(edit, () => byKernel(world, rows, values));
  rows.dispose();
  const share = worstShare(world, rows, values, found);
  expect(share <= 1, `worst error: ${(100 * share).toFixed(0)}% of its bound`).toBe(true);
}

describe.skipIf(!canTryCuda)("on cuda", () => {
  beforeAll(() => startCudaForTests("bfloat16"));

  lawsOf<EditedKernel>("kernels/attention*.cu", unedited, (law) => {
    law("agree with float64, forward and backward: |y - twin|, |dQ - twin|, ... <= roundings to bfloat16", {
      else: "log-probabilities and every gradient on cuda are of another attention",
      for: [anyWorld],
      numRuns: 8,
      holds: agrees,
      rejects: edits({
        "a key beyond the query": [{ kernel: "attention", from: "j > segment", to: "j > 1 + segment" }, tooth],
        "the prefix forgotten": [{ kernel: "attention", from: "j > segment.prefixLength + t", to: "j > t" }, tooth],
        "another key head": [{ kernel: "attention", from: "h / (H / Hkv)", to: "h % Hkv" }, tooth],
        "sums not shrunk": [{ kernel: "attention", from: "sum[r] *= shrink", to: "sum[r] *= 1" }, tooth],
        "one lane's maximum": [{ kernel: "attention", from: "highest = quadMax(highest)", to: "" }, tooth],
        "the other buffer": [
          { kernel: "attention", from: "values + tile % 2 * TILE", to: "values + (tile + 1) % 2 * TILE" },
          tooth,
        ],
        "no barrier": [{ kernel: "attention", from: "__syncthreads(); // the tile", to: "//" }, tooth],
        "delta of the packed row": [
          { kernel: "attentionDelta", from: "sample.packed(t) * H + h) * Dh", to: "(long long)t * H + h) * Dh" },
          tooth,
        ],
        "half a warp's sum": [{ kernel: "attentionDelta", from: "int o = 16; o > 0", to: "int o = 8; o > 0" }, tooth],
        "queries before the key": [
          { kernel: "attentionKeyGradients", from: "> start + column", to: ">= start + column" },
          tooth,
        ],
        "one head of the group": [
          { kernel: "attentionKeyGradients", from: "tiles = G * perHead", to: "tiles = perHead" },
          tooth,
        ],
        "no root in dK": [{ kernel: "attentionKeyGradients", from: "+ c] * rootScale", to: "+ c]" }, tooth],
        "dK for dV": [
          { kernel: "attentionKeyGradients", from: "weighTile(keySums, d,", to: "weighTile(keySums, p," },
          tooth,
        ],
        "no delta in dQ": [{ kernel: "attentionQueryGradients", from: "- less[c / 2]", to: "" }, tooth],
        "keys beyond the query in dQ": [
          { kernel: "attentionQueryGradients", from: "j > t || j >= count", to: "j >= count" },
          tooth,
        ],
        "a transposed operand": [{ kernel: "attentionQueryGradients", from: "b[0], b[1]", to: "b[1], b[0]" }, tooth],
      }),
    });

    law("give the same bits whatever the order of a block's threads", {
      else: "a race: the same command gives other numbers on another day",
      for: [anyWorld],
      numRuns: 3,
      holds: async (edit, world) => {
        const rows = rowsOf(world);
        const N = rows.samples.reduce((sum, sample) => sum + placesOf(sample).length, 0);
        const values = valuesOf(
          world,
          rows.segments.reduce((sum, { length }) => sum + length, 0),
          N,
        );
        const run = () => byKernel(world, rows, values);
        expect(await onHost({ ...edit, backwards: true }, run)).toEqual(await onHost(edit, run));
        rows.dispose();
      },
      rejects: edits({
        "no barrier before a tile is used": [
          { kernel: "attentionKeyGradients", from: "__syncthreads();", to: "" },
          tooth,
        ],
      }),
    });
  });
});
