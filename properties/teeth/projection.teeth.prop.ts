import * as tf from "@tensorflow/tfjs-core";
import { describe, it } from "vitest";
import { cosUpdate } from "../../src/projection/cosUpdate.ts";
import { expectFiniteGradient } from "../../src/projection/expectFiniteGradient.ts";
import { displacementAlong } from "../../src/projection/displacementAlong.ts";
import { hackCoefs } from "../../src/projection/hackCoefs.ts";
import { noGate } from "../../src/projection/noGate.ts";
import { oneSided } from "../../src/projection/oneSided.ts";
import { preserveMagnitude } from "../../src/projection/preserveMagnitude.ts";
import type { Gate } from "../../src/projection/projectUpdate.ts";
import { removeAlong } from "../../src/projection/removeAlong.ts";
import { reverse } from "../../src/projection/reverse.ts";
import { erase, route } from "../../src/projection/route.ts";
import { sampleCosines } from "../../src/projection/sampleCosines.ts";
import { stepCosines } from "../../src/projection/stepCosines.ts";
import { sumSamples } from "../../src/projection/sumSamples.ts";
import { sampleCosinesLaws, stepCosinesLaws } from "../projection/cosines.statements.ts";
import { gateLaws } from "../projection/gate.statements.ts";
import { preserveMagnitudeLaws } from "../projection/preserveMagnitude.statements.ts";
import { routeLaws } from "../projection/route.statements.ts";
import { updateLaws } from "../projection/update.statements.ts";
import { toothWorld as world } from "../projection/world.ts";
import { forEachBackend } from "../support/backends.ts";
import { rejects } from "../support/rejects.ts";

/** A gate that removes amounts(c) of each direction. */
const gateOf =
  (amounts: (c: tf.Tensor2D, overshoot: number) => tf.Tensor): Gate =>
  (gradient, vHack, overshoot) =>
    tf.tidy(() => removeAlong(gradient, vHack, amounts(hackCoefs(gradient, vHack), overshoot) as tf.Tensor2D));

const reluDropped = gateOf((c, overshoot) => tf.mul(c, overshoot));
const absForRelu = gateOf((c, overshoot) => tf.mul(tf.abs(c), overshoot));
const signFlipped = gateOf((c, overshoot) => tf.mul(tf.relu(tf.neg(c)), overshoot));
const overshootIgnored = gateOf((c) => tf.relu(c));
const removesNothing = gateOf((c) => tf.zerosLike(c));
const firstAxisOnly = gateOf((c, overshoot) => tf.mul(tf.relu(c), tf.tensor2d([[overshoot, 0]])));
const firstModuleOnly = gateOf((c, overshoot) =>
  tf.mul(tf.relu(c), tf.tensor2d(world.slice(0, c.shape[0]).map((_, m) => [m === 0 ? overshoot : 0]))),
);
const gatedByTheMean = gateOf((c, overshoot) => tf.mul(c, tf.mul(tf.step(tf.sum(c, -1, true)), overshoot)));
const onceForTwice = gateOf((c, overshoot) => tf.mul(c, overshoot));
const thresholded = gateOf((c, overshoot) => tf.mul(tf.mul(c, tf.step(tf.sub(c, 0.5))), overshoot));
const projectedTwice: Gate = (gradient, vHack, overshoot) => {
  const { projected, removed } = oneSided(gradient, vHack, overshoot);
  return { projected: tf.sub(projected, removed) as tf.Tensor2D, removed };
};
const gradientThrough: Gate = (gradient, vHack, overshoot) => ({
  projected: tf.clone(gradient),
  removed: oneSided(gradient, vHack, overshoot).removed,
});
const padsWithOne: Gate = (gradient, vHack, overshoot) => {
  const { projected, removed } = oneSided(gradient, vHack, overshoot);
  return { projected: tf.add(projected, 1), removed };
};
const unchecked: Gate = (gradient) => ({ projected: tf.clone(gradient), removed: tf.zerosLike(gradient) });

forEachBackend(() => {
  describe("teeth: gates", () => {
    it("acts per axis rejects: relu dropped, abs for relu, sign flipped, overshoot ignored, first axis only, gated by the mean, a threshold", async () => {
      for (const mutant of [
        reluDropped,
        absForRelu,
        signFlipped,
        overshootIgnored,
        firstAxisOnly,
        gatedByTheMean,
        thresholded,
      ])
        await rejects(() => gateLaws.actsPerAxis(mutant, "one_sided", world, 1.1));
      await rejects(() => gateLaws.actsPerAxis(oneSided, "no_gate", world, 1.1));
      await rejects(() => gateLaws.actsPerAxis(onceForTwice, "reverse", world, 1));
    });
    it("agrees with the twin rejects: one gate under another's name", async () => {
      await rejects(() => gateLaws.agreesWithTwin(noGate, "one_sided", world, 1));
      await rejects(() => gateLaws.agreesWithTwin(oneSided, "reverse", world, 1));
    });
    it("leaves nothing hack-ward rejects: the gradient through, projection on one module, sign flipped", async () => {
      for (const mutant of [gradientThrough, firstModuleOnly, signFlipped, removesNothing])
        await rejects(() => gateLaws.leavesNothingHackward(mutant, world, 1));
    });
    it("conserves rejects: the gradient through, removal applied twice", async () => {
      for (const mutant of [gradientThrough, projectedTwice])
        await rejects(() => gateLaws.conservesGradient(mutant, world, 1));
    });
    it("idempotent rejects: reverse, abs for relu", async () => {
      for (const mutant of [reverse, absForRelu]) await rejects(() => gateLaws.isIdempotent(mutant, world));
    });
    it("mirrors rejects: erasing", async () => {
      await rejects(() => gateLaws.undoesItself(noGate, world));
    });
    it("acts per module rejects: projection on the first module only", async () => {
      await rejects(() => gateLaws.isBatched(firstModuleOnly, world, 1));
    });
    it("scales rejects: a threshold on c", async () => {
      await rejects(() => gateLaws.scalesWithGradient(thresholded, [{ g: [0.4], V: [[1]] }], 1));
    });
    it("padding rejects: writing into it", async () => {
      await rejects(() => gateLaws.leavesPaddingZero(padsWithOne, world, 1));
    });
    it("frees rejects: no tidy; misfit rejects: no check", async () => {
      await rejects(() =>
        gateLaws.freesIntermediates(
          (g, v, o) => removeAlong(g, v, tf.mul(tf.relu(hackCoefs(g, v)), o) as tf.Tensor2D),
          world,
          1,
        ),
      );
      await rejects(() => gateLaws.rejectsMisfit(unchecked, 2, 3));
    });
  });

  describe("teeth: preserveMagnitude", () => {
    it("the norm rejects: no rescaling, one scale for all modules; agreement with the twin rejects: one scale for all modules, the gradient itself; what was removed rejects: the difference recomputed; freeing rejects: no tidy", async () => {
      await rejects(() =>
        preserveMagnitudeLaws.keepsNorm(
          (_, p) => ({ projected: tf.clone(p.projected), removed: tf.clone(p.removed) }),
          world,
        ),
      );
      const global = (g: tf.Tensor2D, p: { projected: tf.Tensor2D; removed: tf.Tensor2D }) =>
        tf.tidy(() => ({
          projected: tf.mul(p.projected, tf.div(tf.norm(g), tf.norm(p.projected))) as tf.Tensor2D,
          removed: tf.clone(p.removed),
        }));
      await rejects(() => preserveMagnitudeLaws.keepsNorm(global, world));
      await rejects(() => preserveMagnitudeLaws.agreesWithTwin(global, world));
      await rejects(() =>
        preserveMagnitudeLaws.agreesWithTwin(
          (g, p) => ({ projected: tf.clone(g), removed: tf.clone(p.removed) }),
          world,
        ),
      );
      await rejects(() =>
        preserveMagnitudeLaws.keepsRemoved((g, p) => {
          const { projected } = preserveMagnitude(g, p);
          return { projected, removed: tf.sub(g, projected) };
        }, world),
      );
      await rejects(() =>
        preserveMagnitudeLaws.freesIntermediates(
          (g, p) => ({ projected: tf.mul(tf.mul(p.projected, 2), tf.norm(g)), removed: tf.clone(p.removed) }),
          world,
        ),
      );
    });
  });

  describe("teeth: route, erase, projectUpdate", () => {
    it("erasing rejects: routing; parking rejects: erasing, the whole gradient parked; outliving the projection rejects: borrowed outputs; steps not hack-ward rejects: the update's sign forgotten", async () => {
      await rejects(() => routeLaws.losesWhatIsRemoved(route, world, 1));
      await rejects(() => routeLaws.parksWhatIsRemoved(erase, world, 1));
      await rejects(() =>
        routeLaws.parksWhatIsRemoved(
          (p) => ({ deltaS: tf.clone(p.projected), deltaSHack: tf.add(p.projected, p.removed) }),
          world,
          1,
        ),
      );
      await rejects(() =>
        routeLaws.outlivesProjection(({ projected, removed }) => ({ deltaS: projected, deltaSHack: removed }), world),
      );
      await rejects(() =>
        routeLaws.stepsNothingHackward(
          (update, vHack, overshoot, gate) => gate(update, vHack, overshoot).projected,
          world,
        ),
      );
    });
  });

  describe("teeth: stepCosines", () => {
    const changed =
      (change: (cosines: Awaited<ReturnType<typeof stepCosines>>) => object) =>
      async (g: tf.Tensor2D, v: tf.Tensor3D) => {
        const cosines = await stepCosines(g, v);
        return { ...cosines, ...change(cosines) };
      };
    const negated = changed(({ perModule }) => ({
      perModule: { ...perModule, signed: perModule.signed.map((x) => -x) },
    }));
    const absolute = changed(({ perModule }) => ({
      perModule: { ...perModule, signed: perModule.signed.map(Math.abs) },
    }));
    const unnormalised = async (g: tf.Tensor2D, v: tf.Tensor3D) => {
      const [cosines, [length]] = [await stepCosines(g, v), await tf.norm(g).data()];
      return {
        ...cosines,
        perModule: { ...cosines.perModule, signed: cosines.perModule.signed.map((x) => x * length!) },
      };
    };
    it("agreement with the twin, signs, scale and bounds rejects: a sign, an absolute value, no division by the norm, relu for signed", async () => {
      for (const mutant of [
        negated,
        absolute,
        unnormalised,
        changed(({ perModule }) => ({ perModule: { ...perModule, signed: perModule.relu } })),
      ])
        await rejects(() => stepCosinesLaws.agreesWithTwin(mutant, world));
      await rejects(() => stepCosinesLaws.readsItselfAsOne(negated, world));
      await rejects(() => stepCosinesLaws.turnsWithSign(absolute, world));
      await rejects(() => stepCosinesLaws.ignoresScale(unnormalised, world));
      await rejects(() => stepCosinesLaws.isBounded(unnormalised, [{ g: [3, 4], V: [[0, 1]] }]));
    });
    it("zero as zero rejects: NaN for a zero gradient; agreement with the twin rejects: a mean over fired modules only; shares rejects: shares of something else; freeing rejects: no dispose", async () => {
      const nanForZero = changed(({ perModule }) => ({
        perModule: { ...perModule, signed: perModule.signed.map((x) => x / (x === 0 ? 0 : 1)) },
      }));
      await rejects(() => stepCosinesLaws.readsZeroAsZero(nanForZero, world));
      const overFired = changed(({ signed, fracFired }) => ({ signed: signed / fracFired }));
      await rejects(() => stepCosinesLaws.agreesWithTwin(overFired, world));
      await rejects(() =>
        stepCosinesLaws.countsShares(
          changed(({ perModule }) => ({ fracFired: perModule.subspace.filter((x) => x > 1e-6).length / world.length })),
          world,
        ),
      );
      await rejects(() => stepCosinesLaws.freesIntermediates((g, v) => stepCosines(tf.mul(g, 1), v), world));
    });
  });

  describe("teeth: sampleCosines", () => {
    it("agreement with the twin rejects: the mean of module cosines; bounds rejects: no normalisation; samples apart rejects: samples that leak, zero for no cosine; freeing rejects: no dispose", async () => {
      const meanOfModules = async (g: tf.Tensor3D, v: tf.Tensor3D) => {
        const step = await stepCosines(sumSamples(g), v);
        return (await sampleCosines(g, v)).map((sample) => ({ ...sample, cosSContrib: step.signed }));
      };
      await rejects(() => sampleCosinesLaws.agreesWithTwin(meanOfModules, world));
      const timesNorm = async (g: tf.Tensor3D, v: tf.Tensor3D) =>
        (await sampleCosines(g, v)).map((sample) => ({
          ...sample,
          cosSNormalized: sample.cosSNormalized! * sample.gradNorm * 9,
        }));
      await rejects(() => sampleCosinesLaws.isBounded(timesNorm, world));
      const leaking = (g: tf.Tensor3D, v: tf.Tensor3D) => sampleCosines(tf.cumsum(g, 0), v);
      await rejects(() => sampleCosinesLaws.keepsSamplesApart(leaking, world));
      const zeroForNull = async (g: tf.Tensor3D, v: tf.Tensor3D) =>
        (await sampleCosines(g, v)).map((sample) => ({ ...sample, cosSContrib: sample.cosSContrib ?? 0 }));
      await rejects(() => sampleCosinesLaws.keepsSamplesApart(zeroForNull, world));
      await rejects(() => sampleCosinesLaws.freesIntermediates((g, v) => sampleCosines(tf.mul(g, 1), v), world));
    });
  });

  describe("teeth: updates", () => {
    it("descent as gradient rejects: the update's own sign, a magnitude; displacement rejects: one away from the hack; the sum of samples rejects: a mean; finiteness rejects: a check that looks at one entry; freeing rejects: no dispose", async () => {
      await rejects(() =>
        updateLaws.readsDescentAsGradient(async (update, v) => (await stepCosines(update, v)).signed, world),
      );
      await rejects(() =>
        updateLaws.readsDescentAsGradient(async (update, v) => Math.abs(await cosUpdate(update, v)), world),
      );
      await rejects(() =>
        updateLaws.countsHackwardAsPositive(
          async (knobs, v) => ({
            ...(await displacementAlong(knobs, v)),
            along: -(await displacementAlong(knobs, v)).along,
          }),
          world,
        ),
      );
      await rejects(() => updateLaws.sumsSamples((g) => tf.div(sumSamples(g), g.shape[0]), [world, world]));
      const firstEntry = async (where: string, g: tf.Tensor) =>
        expectFiniteGradient(where, tf.slice(tf.reshape(g, [-1]), 0, 1));
      await rejects(() => updateLaws.rejectsNonFinite(firstEntry, world, Number.NaN, 3));
      await rejects(() => updateLaws.acceptsFinite((where, g) => expectFiniteGradient(where, tf.mul(g, 1)), world));
    });
  });
});
