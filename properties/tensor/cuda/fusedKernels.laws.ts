import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect } from "vitest";
import { AntiPasto } from "../../../src/adapter/antipasto.ts";
import { normedRope, normedRopeBackward } from "../../../src/nn/normedRope.ts";
import { rmsNorm, rmsNormBackward, rmsNormWeightGradient } from "../../../src/nn/rmsNorm.ts";
import { disposeRopeTable, ropeTable } from "../../../src/nn/rope.ts";
import { swiglu, swigluBackward } from "../../../src/nn/swiglu.ts";
import { tokenLogps, tokenLogpsWithDerivative } from "../../../src/nn/tokenLogps.ts";
import { seededRng } from "../../../src/numeric/rng.ts";
import { defaultMemoryBytes, startBackend } from "../../../src/tensor/backend.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { gamma, relativeError, unitRoundoff32 } from "../../support/tolerance.ts";
import { edits, onHost, unedited, type EditedKernel } from "./editedKernel.ts";
import { canTryCuda, startCudaForTests } from "./startCudaForTests.ts";

/** Np tokens that passed, of which the samples' N are some, twice some; D numbers each. */
interface World {
  readonly Np: number;
  readonly N: number;
  readonly D: number;
  readonly H: number;
  readonly seed: number;
}

const anyWorld: fc.Arbitrary<World> = fc.record(
  {
    Np: fc.integer({ min: 2, max: 9 }),
    N: fc.integer({ min: 2, max: 12 }),
    D: fc.constantFrom(2, 6, 24, 64, 130, 516, 1028),
    H: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(),
  },
  { noNullPrototype: true },
);
/** Rows for a block each, in fours; two tokens share a place. */
const long: World = { Np: 3, N: 5, D: 1028, H: 2, seed: 3 };
/** Rows for a warp each, not in fours. */
const short: World = { Np: 5, N: 9, D: 130, H: 3, seed: 4 };

type Draw = (...shape: number[]) => tf.Tensor;

/** What a layer gives, from the same random inputs, on the backend in use. */
type Layer = (world: World, draw: Draw, places: tf.Tensor1D) => tf.Tensor[];

async function valuesOf(layer: Layer, world: World): Promise<Float32Array[]> {
  const rng = seededRng(world.seed, "layer");
  const draw: Draw = (...shape) =>
    tf.tensor(
      Float32Array.from({ length: shape.reduce((n, m) => n * m, 1) }, () => rng.normal()),
      shape,
    );
  const indices = Array.from({ length: world.N }, (_, n) => (n * 3 + 1) % world.Np);
  const outputs = tf.tidy(() => layer(world, draw, tf.tensor1d(indices, "int32")));
  const values = await Promise.all(outputs.map(async (output) => Float32Array.from(await output.data())));
  tf.dispose(outputs);
  return values;
}

/** The kernels against the formula that they replace, on cpu: sums of up to 2 D roundings. */
function agrees(layer: Layer): (edit: EditedKernel, world: World) => Promise<void> {
  return async (edit, world) => {
    await startCudaForTests("float32");
    const found = await onHost(edit, () => valuesOf(layer, world));
    await startBackend({ name: "cpu", memoryBytes: defaultMemoryBytes, tensorflowFolder: null });
    const wanted = await valuesOf(layer, world);
    const bound = 4 * gamma(2 * world.D + 32, unitRoundoff32);
    found.forEach((values, i) => {
      const error = relativeError(values, wanted[i]!);
      expect(error <= bound, `output ${i}: relative error ${error}, bound ${bound}`).toBe(true);
    });
  };
}

const norm: Layer = ({ Np, N, D }, draw, places) => {
  const [x, weight, dY] = [draw(Np, D) as tf.Tensor2D, draw(D) as tf.Tensor1D, draw(N, D) as tf.Tensor2D];
  const { y, saved } = rmsNorm(x, weight, 1e-3);
  const dX = rmsNormBackward(dY, weight, saved, places, null);
  const besides = rmsNormBackward(dY, weight, saved, places, draw(N, D) as tf.Tensor2D);
  return [y, dX, besides, rmsNormWeightGradient(draw(Np, D) as tf.Tensor2D, saved)];
};

const rotation: Layer = ({ Np, N, D, H }, draw, places) => {
  const Dh = Math.min(D, 256);
  const table = ropeTable(
    Int32Array.from({ length: Np }, (_, n) => 7 * n),
    Dh,
    100,
  );
  const [x, weight, dY] = [draw(Np, H, Dh) as tf.Tensor3D, draw(Dh) as tf.Tensor1D, draw(N, H, Dh) as tf.Tensor3D];
  const { y, saved } = normedRope(x, weight, 1e-3, table);
  const dX = normedRopeBackward(dY, weight, saved, table, places);
  disposeRopeTable(table);
  return [y, dX];
};

const gated: Layer = ({ Np, N, D }, draw, places) => {
  const { y, saved } = swiglu(draw(Np, D) as tf.Tensor2D, draw(Np, D) as tf.Tensor2D);
  const { dGate, dUp } = swigluBackward(draw(N, D) as tf.Tensor2D, saved, places);
  return [y, dGate, dUp];
};

const head: Layer = ({ Np, D, H }, draw, places) => {
  const vocab = 4 * Np + H;
  const [h, w] = [tf.div(draw(places.size, D), Math.sqrt(D)) as tf.Tensor2D, draw(vocab, D) as tf.Tensor2D];
  const { logps, dLogpsDh } = tokenLogpsWithDerivative(h, w, places);
  return [tokenLogps(h, w, places), logps, dLogpsDh];
};

/** Per-sample gradients of one module's knob; three samples, the second without tokens. */
const knob: Layer = ({ Np, N, D, H }, draw, places) => {
  const [dOut, r] = [H + 1, Math.min(D, 200)];
  const [u, vh] = [draw(dOut, r), draw(r, H)].map((x) => x.dataSync<"float32">());
  const svd = { u: u!, s: new Float64Array(r), vh: vh!, r };
  const adapter = new AntiPasto(["module"], new Map([["module", svd]]));
  const middle = Math.ceil(N / 2);
  const rowStarts = Int32Array.of(0, middle, middle, N);
  const collector = adapter.collectGradients({ rowStarts, places: places.dataSync<"int32">() });
  collector.sink("module", draw(Np, H) as tf.Tensor2D, draw(N, dOut) as tf.Tensor2D);
  adapter.dispose();
  return [collector.finish()];
};

const edit = (kernel: string, from: string, to: string): EditedKernel => ({ kernel, from, to });

describe.skipIf(!canTryCuda)("on cuda", () => {
  beforeAll(() => startCudaForTests("float32"));

  const lawOf = (names: string, layer: Layer, wrong: Record<string, readonly [EditedKernel, World]>): void =>
    lawsOf<EditedKernel>(names, unedited, (law) =>
      law("is its formula in tf.js operations, to rounding", {
        else: "numbers on cuda are of another network than on every other backend",
        for: [anyWorld],
        numRuns: 20,
        holds: agrees(layer),
        rejects: edits(wrong),
      }),
    );

  lawOf("kernels/rmsNorm*.cu", norm, {
    "eps forgotten": [edit("rmsNorm", "/ D + eps", "/ D"), short],
    "half a warp's sum": [edit("rmsNorm", "int o = 16; o > 0", "int o = 8; o > 0"), short],
    "the first warp's sum": [
      edit("rmsNorm", "i < blockDim.x / 32; i++) v += parts[i]", "i < 1; i++) v += parts[i]"),
      long,
    ],
    "no barrier in the sum": [
      edit("rmsNorm", "parts[threadIdx.x / 32] = v;\n  __syncthreads();", "parts[threadIdx.x / 32] = v;"),
      long,
    ],
    "a number of four": [edit("rmsNorm", "l < LANES; l++) squares", "l < 1; l++) squares"), long],
    "another token's forward pass": [edit("rmsNormBackward", "places ? places[ROW] : ROW", "0"), short],
    "nothing beside": [edit("rmsNormBackward", "d.of[l] += b.of[l]", ""), short],
    "the mean forgotten": [edit("rmsNormBackward", "- p.of[l] * r * along", ""), long],
    "the last row's weight gradient": [edit("rmsNormWeightGradient", "r < rows", "r + 1 < rows"), short],
  });

  lawOf("kernels/normedRope*.cu", rotation, {
    "a reflection": [edit("normedRope", "+ a * t.of[l]", "- a * t.of[l]"), short],
    "another head's angle": [edit("normedRope", "ROW / H * Dh", "ROW * Dh % (Dh * 3)"), short],
    "rotated forward again": [edit("normedRopeBackward", "c.of[l] + q.of[l]", "c.of[l] - q.of[l]"), short],
    "no weight": [edit("normedRopeBackward", "* v.of[l];", ";"), short],
    "the first pair of each lane": [edit("normedRopeBackward", "k < STEPS", "k < 1"), short],
  });

  lawOf("kernels/swiglu*.cu", gated, {
    "no gate": [edit("swiglu", "g.of[l] *= u.of[l]", "g.of[l] = u.of[l]"), short],
    "silu's slope without its curve": [edit("swigluBackward", "(s + silu * (1 - s))", "s"), long],
    "another row": [edit("swigluBackward", "places ? places[r] : r", "0"), short],
  });

  lawOf("kernels/rowLogps.cu and logpSlopes.cu", head, {
    "a sum not shrunk": [edit("rowLogps", "share *= expf(peak - highest);", ""), { ...short, H: 3000 }],
    "no maximum": [edit("rowLogps", "expf(peak - top)", "1"), short],
    "the target before": [edit("rowLogps", "from[target]", "from[target ? target - 1 : 0]"), short],
    "the sign": [edit("logpSlopes", "own.of[l] - v.of[l]", "v.of[l] - own.of[l]"), short],
  });

  lawOf("kernels/sampleProduct.cu", knob, {
    "the first token forgotten": [
      edit("sampleProduct", "starts[b] + threadIdx.y", "starts[b] + 1 + threadIdx.y"),
      short,
    ],
    "a thread too few": [
      edit("sampleProduct", "y < EACH_COLUMN; y++", "y + 1 < EACH_COLUMN; y++"),
      { ...short, N: 70 },
    ],
    "no barrier": [edit("sampleProduct", "__syncthreads();", ""), { ...short, N: 12, Np: 9 }],
    "another token's input": [edit("sampleProduct", "places ? places[t] : t", "t % 2"), short],
  });
});
