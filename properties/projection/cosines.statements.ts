import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import type { SampleCosines } from "../../src/projection/sampleCosines.ts";
import type { StepCosines } from "../../src/projection/stepCosines.ts";
import { cosSContribReference, moduleCosinesReference } from "../reference/projection.ts";
import { expectWithin, gamma, norm, unitRoundoff32 } from "../support/tolerance.ts";
import { cosineBound, onDevice, padded, widest, type World } from "./world.ts";

type ReadStep = (gradient: tf.Tensor2D, vHack: tf.Tensor3D) => Promise<StepCosines>;
type ReadSamples = (gradients: tf.Tensor3D, vHack: tf.Tensor3D) => Promise<SampleCosines[]>;
const kinds = ["signed", "relu", "subspace"] as const;

export async function stepOf(read: ReadStep, world: World): Promise<StepCosines> {
  const { gradient, vHack } = onDevice(world);
  const cosines = await read(gradient, vHack);
  tf.dispose([gradient, vHack]);
  return cosines;
}

/** A batch in which sample b has the world's gradients times factors[b]. */
export async function samplesOf(read: ReadSamples, world: World, factors: readonly number[]): Promise<SampleCosines[]> {
  const P = widest(world);
  const { gradient, vHack } = onDevice(world);
  const gradients = tf.tensor3d(
    factors.map((factor) =>
      world.map(({ g }) =>
        padded(
          g.map((x) => x * factor),
          P,
        ),
      ),
    ),
  );
  const cosines = await read(gradients, vHack);
  tf.dispose([gradient, vHack, gradients]);
  return cosines;
}

const withGradients = (world: World, f: (g: readonly number[]) => number[]): World =>
  world.map(({ g, V }) => ({ g: f(g), V }));
const worstBound = (world: World) => Math.max(...world.map(cosineBound));

/** Laws of a step's cosines. */
export const stepCosinesLaws = {
  async agreesWithTwin(read: ReadStep, world: World): Promise<void> {
    const { perModule, ...means } = await stepOf(read, world);
    for (const kind of kinds) {
      const references = world.map(({ g, V }) => moduleCosinesReference(g, V)[kind]);
      world.forEach((module, m) =>
        expectWithin(perModule[kind][m]!, references[m]!, cosineBound(module), `${kind} of module ${m}`),
      );
      const mean = references.reduce((sum, value) => sum + value, 0) / world.length;
      expectWithin(means[kind], mean, worstBound(world), `mean ${kind}`);
    }
  },

  async isBounded(read: ReadStep, world: World): Promise<void> {
    const { perModule } = await stepOf(read, world);
    world.forEach((module, m) => {
      const most = 1 + cosineBound(module);
      expect(Math.abs(perModule.signed[m]!)).toBeLessThanOrEqual(most);
      expect(perModule.relu[m]!).toBeLessThanOrEqual(perModule.subspace[m]! + cosineBound(module));
      expect(perModule.subspace[m]!).toBeLessThanOrEqual(most);
      expect(Math.min(perModule.relu[m]!, perModule.subspace[m]!)).toBeGreaterThanOrEqual(0);
    });
  },

  async ignoresScale(read: ReadStep, world: World): Promise<void> {
    const plain = await stepOf(read, world);
    expect(
      await stepOf(
        read,
        withGradients(world, (g) => g.map((x) => x * 2 ** -10)),
      ),
    ).toEqual(plain);
  },

  async turnsWithSign(read: ReadStep, world: World): Promise<void> {
    const [plain, turned] = [
      await stepOf(read, world),
      await stepOf(
        read,
        withGradients(world, (g) => g.map((x) => -x)),
      ),
    ];
    plain.perModule.signed.forEach((value, m) => expect(turned.perModule.signed[m] === -value).toBe(true));
    expect(turned.perModule.subspace).toEqual(plain.perModule.subspace);
  },

  async readsItselfAsOne(read: ReadStep, world: World): Promise<void> {
    const { signed, perModule } = await stepOf(
      read,
      world.map(({ V }) => ({ g: sumOfRows(V), V })),
    );
    const directed = world.filter(({ V }) => V.some((v) => norm(v) > 0)).length;
    expectWithin(signed, directed / world.length, worstBound(world), "cos(v, v)");
    for (const value of perModule.signed) expect(value === 0 || Math.abs(value - 1) <= worstBound(world)).toBe(true);
  },

  async readsZeroAsZero(read: ReadStep, world: World): Promise<void> {
    const zero = await stepOf(
      read,
      withGradients(world, (g) => g.map(() => 0)),
    );
    for (const kind of kinds) expect([...zero.perModule[kind]].map(Math.abs)).toEqual(world.map(() => 0));
    expect([zero.fracFired, zero.fracAlong]).toEqual([0, 0]);
  },

  async countsShares(read: ReadStep, world: World): Promise<void> {
    const { perModule, fracFired, fracAlong } = await stepOf(read, world);
    expect(fracFired).toBe(perModule.relu.filter((value) => value > 1e-6).length / world.length);
    expect(fracAlong).toBe(perModule.signed.filter((value) => value > 0).length / world.length);
  },

  async freesIntermediates(read: ReadStep, world: World): Promise<void> {
    const { gradient, vHack } = onDevice(world);
    const before = tf.memory().numTensors;
    await read(gradient, vHack);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([gradient, vHack]);
  },
};

/** Laws of the samples' cosines. */
export const sampleCosinesLaws = {
  async agreesWithTwin(read: ReadSamples, world: World): Promise<void> {
    const [cosines] = await samplesOf(read, world, [1]);
    const reference = cosSContribReference(
      world.map(({ g }) => g),
      world.map(({ V }) => V),
    );
    if (reference === null) {
      expect(cosines!.cosSContrib).toBeNull();
      return;
    }
    expectWithin(cosines!.cosSContrib ?? Number.NaN, reference, sampleBound(world), "cosSContrib");
    expectWithin(
      cosines!.cosSNormalized ?? Number.NaN,
      reference / Math.sqrt(world.length),
      sampleBound(world),
      "cosSNormalized",
    );
    const length = norm(world.map(({ g }) => norm(g)));
    expectWithin(cosines!.gradNorm, length, sampleBound(world) * length, "gradNorm");
    const modules = world.map(({ g, V }) => ({ share: norm(g) / length, ...moduleCosinesReference(g, V) }));
    for (const kind of ["relu", "subspace"] as const)
      expectWithin(
        cosines![kind] ?? Number.NaN,
        norm(modules.map((module) => module.share * module[kind])),
        sampleBound(world),
        kind,
      );
  },

  async isBounded(read: ReadSamples, world: World): Promise<void> {
    const [cosines] = await samplesOf(read, world, [1]);
    if (cosines!.cosSNormalized === null) return;
    expect(Math.abs(cosines!.cosSNormalized)).toBeLessThanOrEqual(1 + sampleBound(world));
    expect(Math.abs(cosines!.cosSContrib!)).toBeLessThanOrEqual(Math.sqrt(world.length) * (1 + sampleBound(world)));
  },

  /** A sample reads the same alone, beside others of any size, and whatever its own scale. */
  async keepsSamplesApart(read: ReadSamples, world: World): Promise<void> {
    const [alone] = await samplesOf(read, world, [1]);
    const together = await samplesOf(read, world, [4, 0, 1, 2 ** -8, -1]);
    expect(together[2]).toEqual(alone);
    expect(together[1]).toEqual({ cosSContrib: null, cosSNormalized: null, relu: null, subspace: null, gradNorm: 0 });
    for (const b of [0, 3]) expect({ ...together[b], gradNorm: 0 }).toEqual({ ...alone, gradNorm: 0 });
    if (alone!.cosSContrib !== null) expect(together[4]!.cosSContrib === -alone!.cosSContrib).toBe(true);
  },

  async freesIntermediates(read: ReadSamples, world: World): Promise<void> {
    const before = tf.memory().numTensors;
    await samplesOf(read, world, [1, 2]);
    expect(tf.memory().numTensors).toBe(before);
  },
};

/** As cosineBound, summed over modules by Cauchy-Schwarz, with the sums over modules on top. */
function sampleBound(world: World): number {
  return Math.sqrt(world.length) * (worstBound(world) + gamma(4 * world.length, unitRoundoff32)) * 2;
}

function sumOfRows(V: World[number]["V"]): number[] {
  return V[0]!.map((_, j) => V.reduce((sum, row) => sum + row[j]!, 0));
}
