import * as tf from "@tensorflow/tfjs-core";
import { describe, it } from "vitest";
import { attentionCase, attentionLayer } from "../nn/attention.cases.ts";
import { layerLaws, type Layer, type LayerCase } from "../nn/layer.statements.ts";
import { attentionLaws, rmsNormLaws, ropeLaws, tokenLogpsLaws } from "../nn/layers.statements.ts";
import { embeddingCase, embeddingLayer, linearCase, linearLayer } from "../nn/linear.cases.ts";
import { rmsNormCase, rmsNormLayer } from "../nn/rmsNorm.cases.ts";
import { ropeCase, ropeLayer } from "../nn/rope.cases.ts";
import { swigluCase, swigluLayer } from "../nn/swiglu.cases.ts";
import { tokenLogpsCase, tokenLogpsLayer } from "../nn/tokenLogps.cases.ts";
import { forEachBackend } from "../support/backends.ts";
import { rejects } from "../support/rejects.ts";

/** Entries of both signs and several sizes, all different. */
const values = (count: number, shift: number) =>
  Array.from({ length: count }, (_, i) => Math.fround(Math.sin(3 * i + shift) * (1 + (i % 3))));

const rms = rmsNormCase(2, 3, 1e-2, values(6, 1), values(3, 2), values(6, 3));
const rotated = ropeCase(2, 4, 100, [0, 3, 7], values(24, 1), values(24, 2));
const gated = swigluCase(2, 3, values(6, 1), values(6, 2), values(6, 3));
const product = linearCase(2, 3, 4, values(6, 1), values(12, 2), values(8, 3));
const looked = embeddingCase(2, [1, 0, 1], values(6, 1), values(6, 2));
const attended = attentionCase(
  { T: 3, Hkv: 2, G: 2, Dh: 2 },
  values(24, 1),
  values(12, 2),
  values(12, 3),
  values(24, 4),
);
const scored = tokenLogpsCase(3, [2, 0], values(6, 1), values(12, 2), values(2, 3));

type Gradients = (gradients: tf.Tensor[], inputs: readonly tf.Tensor[], dY: tf.Tensor) => tf.Tensor[];

/** A layer whose gradients are tampered with. */
const backward = (layer: Layer, change: Gradients): Layer => ({
  forward: (inputs) => layer.forward(inputs),
  backward: (dY, inputs, saved) => change(layer.backward(dY, inputs, saved), inputs, dY),
});

/** A layer whose output is. */
const forward = (layer: Layer, change: (y: tf.Tensor) => tf.Tensor): Layer => ({
  ...layer,
  forward: (inputs) => {
    const { y, saved } = layer.forward(inputs);
    return { y: change(y), saved };
  },
});

const negateFirst: Gradients = ([first, ...rest]) => [tf.neg(first!), ...rest];
const halveLast: Gradients = (gradients) => [...gradients.slice(0, -1), tf.mul(gradients.at(-1)!, 0.5)];
const dropFirst: Gradients = ([first, ...rest]) => [tf.zerosLike(first!), ...rest];
const addConstant: Gradients = ([first, ...rest]) => [tf.add(first!, 1e-2), ...rest];
const square: Gradients = (gradients, _, dY) => gradients.map((gradient) => tf.mul(gradient, tf.sum(tf.abs(dY))));

const everyLayer: Record<string, readonly [Layer, LayerCase]> = {
  linear: [linearLayer, product],
  embedding: [embeddingLayer(looked.inputIds), looked],
  rmsNorm: [rmsNormLayer(rms.eps), rms],
  rope: [ropeLayer(rotated), rotated],
  swiglu: [swigluLayer, gated],
  attention: [attentionLayer, attended],
  tokenLogps: [tokenLogpsLayer(scored.targets), scored],
};

forEachBackend(() => {
  for (const [name, [layer, example]] of Object.entries(everyLayer))
    describe(`teeth: laws of every layer (${name})`, () => {
      it("the twin rejects: another output", async () => {
        await rejects(() =>
          layerLaws.agreesWithTwin(
            forward(layer, (y) => tf.mul(y, 1.001)),
            example,
          ),
        );
      });
      it("agreement with differences, autodiff and the adjoint rejects: sign, a halved gradient, a forgotten gradient, a shifted gradient", async () => {
        const u = values(
          example.inputs.reduce((sum, input) => sum + input.values.length, 0),
          5,
        );
        for (const change of [negateFirst, halveLast, dropFirst, addConstant]) {
          await rejects(() => layerLaws.agreesWithDifferences(backward(layer, change), example));
          await rejects(() => layerLaws.agreesWithAutodiff(backward(layer, change), example));
        }
        // one direction u may be blind to a shift of all entries
        for (const change of [negateFirst, halveLast, dropFirst])
          await rejects(() => layerLaws.isAdjoint(backward(layer, change), example, u));
      });
      it("linearity rejects: a gradient of second order in dY; freeing rejects: a kept tensor", async () => {
        await rejects(() => layerLaws.isLinear(backward(layer, square), example, values(example.dY.length, 6)));
        await rejects(() =>
          layerLaws.freesIntermediates(
            backward(layer, (gradients) => gradients.map((gradient) => tf.add(gradient, 0))),
            example,
          ),
        );
      });
    });

  describe("teeth: backwards that forget a term of their own", () => {
    it("rmsNorm rejects: the mean forgotten, eps inside the root forgotten, plain layer norm", async () => {
      const withoutMean = backward(rmsNormLayer(rms.eps), ([, dWeight], [x, weight], dY) => {
        const rstd = tf.rsqrt(tf.add(tf.mean(tf.square(x!), 1, true), rms.eps));
        return [tf.mul(tf.mul(dY, weight!), rstd), dWeight!];
      });
      await rejects(() => layerLaws.agreesWithDifferences(withoutMean, rms));
      await rejects(() => layerLaws.agreesWithTwin(rmsNormLayer(0), rms));
      const centred: Layer = {
        ...rmsNormLayer(rms.eps),
        forward: ([x, w]) => rmsNormLayer(rms.eps).forward([tf.sub(x!, tf.mean(x!, 1, true)), w!]),
      };
      await rejects(() => layerLaws.agreesWithTwin(centred, rms));
      await rejects(() => rmsNormLaws.ignoresScale(() => rmsNormLayer(rms.eps), rms));
    });
    it("rope rejects: positions off by one, turned the other way back, interleaved pairs", async () => {
      const late = ropeLayer({ ...rotated, positions: rotated.positions.map((position) => position + 1) });
      await rejects(() => layerLaws.agreesWithTwin(late, rotated));
      const forwardAgain: Layer = { ...ropeLayer(rotated), backward: (dY) => [ropeLayer(rotated).forward([dY]).y] };
      await rejects(() => layerLaws.isAdjoint(forwardAgain, rotated, values(24, 5)));
      const interleaved: Layer = {
        ...ropeLayer(rotated),
        forward: ([x]) => ropeLayer(rotated).forward([tf.gather(x!, tf.tensor1d([0, 2, 1, 3], "int32"), 2)]),
      };
      await rejects(() => layerLaws.agreesWithTwin(interleaved, rotated));
      await rejects(() =>
        ropeLaws.keepsNorms((example) => forward(ropeLayer(example), (y) => tf.mul(y, 1.001)), rotated),
      );
      await rejects(() =>
        ropeLaws.knowsRelativePositionOnly(
          (example) => ropeLayer({ ...example, positions: example.positions.map((position) => position ** 2) }),
          rotated,
          3,
        ),
      );
    });
    it("attention rejects: a mask that sees one token ahead, no scale, softmax's own term forgotten", async () => {
      const peeking: Layer = {
        ...attentionLayer,
        forward: ([q, k, v]) => {
          const ahead = (x: tf.Tensor) =>
            tf.concat([tf.slice(x, [1, 0, 0], [2, -1, -1]), tf.slice(x, [2, 0, 0], [1, -1, -1])], 0);
          return attentionLayer.forward([q!, ahead(k!), ahead(v!)]);
        },
      };
      await rejects(() => layerLaws.agreesWithTwin(peeking, attended));
      await rejects(() => attentionLaws.isCausal(peeking, attended, 1));
      const unscaled: Layer = {
        ...attentionLayer,
        forward: ([q, k, v]) => attentionLayer.forward([tf.mul(q!, Math.SQRT2), k!, v!]),
      };
      await rejects(() => layerLaws.agreesWithTwin(unscaled, attended));
      await rejects(() =>
        attentionLaws.averages(
          forward(attentionLayer, (y) => tf.mul(y, 1.001)),
          attended,
        ),
      );
    });
    it("tokenLogps rejects: the neighbour's target, probabilities forgotten, a shift that stays", async () => {
      await rejects(() => layerLaws.agreesWithTwin(tokenLogpsLayer([0, 2]), scored));
      const onlyTargets = backward(tokenLogpsLayer(scored.targets), ([, dW], [, w], dY) => [
        tf.mul(tf.expandDims(dY, 1), tf.gather(w!, tf.tensor1d([...scored.targets], "int32"))),
        dW!,
      ]);
      await rejects(() => layerLaws.agreesWithDifferences(onlyTargets, scored));
      await rejects(() =>
        tokenLogpsLaws.isDistribution((targets) => forward(tokenLogpsLayer(targets), (y) => tf.mul(y, 0.9)), scored),
      );
      const shifting = (targets: readonly number[]): Layer => ({
        ...tokenLogpsLayer(targets),
        forward: ([h, w]) => {
          const { y, saved } = tokenLogpsLayer(targets).forward([h!, w!]);
          return { y: tf.add(y, tf.mul(1e-3, tf.sum(w!))), saved };
        },
      });
      await rejects(() => tokenLogpsLaws.ignoresShift(shifting, scored));
    });
  });
});
