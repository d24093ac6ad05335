import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tokenLogps, tokenLogpsWithDerivative } from "../../src/nn/tokenLogps.ts";
import { defaultMemoryBytes, startBackend } from "../../src/tensor/backend.ts";
import { forEachBackend } from "../support/backends.ts";
import { runsOn } from "../support/runs.ts";
import { expectWithin, gamma, unitRoundoff32 } from "../support/tolerance.ts";
import { anyAttention, attentionLayer } from "./attention.cases.ts";
import { functionRoundings } from "./layer.statements.ts";
import { attentionLaws, rmsNormLaws, ropeLaws, tokenLogpsLaws } from "./layers.statements.ts";
import { anyRmsNorm, rmsNormLayer } from "./rmsNorm.cases.ts";
import { anyRope, ropeLayer } from "./rope.cases.ts";
import { anyTokenLogps, tokenLogpsLayer } from "./tokenLogps.cases.ts";

forEachBackend((backend) => {
  const runs = runsOn(backend, 25);

  describe("rmsNorm", () => {
    it("is invariant to scale: rmsNorm(4 x, 16 eps) = rmsNorm(x, eps)", () =>
      fc.assert(
        fc.asyncProperty(anyRmsNorm, (example) => rmsNormLaws.ignoresScale(rmsNormLayer, example)),
        runs,
      ));
  });

  describe("rope", () => {
    it("conserves every head's norm: |rope(x)| = |x|", () =>
      fc.assert(
        fc.asyncProperty(anyRope, (example) => ropeLaws.keepsNorms(ropeLayer, example)),
        runs,
      ));

    // ELSE a model sees other distances between tokens than it was trained on
    it("knows relative position only: <rope(q, m), rope(k, n)> = <rope(q, m + c), rope(k, n + c)>", () =>
      fc.assert(
        fc.asyncProperty(anyRope, fc.integer({ min: 0, max: 64 }), (example, shift) =>
          ropeLaws.knowsRelativePositionOnly(ropeLayer, example, shift),
        ),
        runs,
      ));
  });

  describe("ropeTable", () => {
    it("is exact at any position: |cos - cos(position theta^-2i/Dh)| <= half an ulp of 1, up to 40960", () =>
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 40_960 }), fc.constantFrom(1e4, 1e6), (position, theta) =>
          ropeLaws.isExactFarAway(position, theta),
        ),
        runs,
      ));
  });

  describe("attention", () => {
    // ELSE a completion's log-probability knows the tokens that come after it
    it("is causal: tokens after t change no output at or before t, bit for bit", () =>
      fc.assert(
        fc.asyncProperty(anyAttention, fc.nat({ max: 4 }), (example, t) =>
          attentionLaws.isCausal(attentionLayer, example, t),
        ),
        runs,
      ));

    it("averages: v = 2 everywhere -> y = 2", () =>
      fc.assert(
        fc.asyncProperty(anyAttention, (example) => attentionLaws.averages(attentionLayer, example)),
        runs,
      ));
  });

  describe("tokenLogpsWithDerivative", () => {
    it("is a distribution: sum_id exp(logp[id]) = 1, logp <= 0", () =>
      fc.assert(
        fc.asyncProperty(anyTokenLogps, (example) => tokenLogpsLaws.isDistribution(tokenLogpsLayer, example)),
        runs,
      ));

    it("is invariant to a shift of all logits: logps(h, W + 1 c^T) = logps(h, W)", () =>
      fc.assert(
        fc.asyncProperty(anyTokenLogps, (example) => tokenLogpsLaws.ignoresShift(tokenLogpsLayer, example)),
        runs,
      ));
  });

  describe("tokenLogps far from zero", () => {
    // ELSE a confident model's log-probabilities are NaN
    it("overflows nowhere: logits 600, 0, -600 -> logps 0, -600, -1200", async () => {
      const [h, w, targets] = [
        tf.fill<tf.Rank.R2>([3, 1], 600),
        tf.tensor2d([[1], [0], [-1]]),
        tf.tensor1d([0, 1, 2], "int32"),
      ];
      const { logps, dLogpsDh } = tokenLogpsWithDerivative(h, w, targets);
      expect([...(await logps.data())]).toEqual([0, -600, -1200]);
      expect([...(await dLogpsDh.data())]).toEqual([0, -1, -2]);
      tf.dispose([h, w, targets, logps, dLogpsDh]);
    });
  });

  // one chunk of logits is 64 MiB: a vocabulary of 200 000 takes 83 rows of them
  if (backend === "wasm")
    describe("tokenLogps", () => {
      it("agrees in chunks of rows with the closed form: 90 rows against 200 000 equal logits but one", async () => {
        const [N, Vocab] = [90, 200_000];
        const w = tf.tidy(() => tf.concat([tf.ones([1, 1]), tf.zeros([Vocab - 1, 1])], 0) as tf.Tensor2D);
        const [h, targets] = [
          tf.tensor2d(Array.from({ length: N }, (_, n) => [n / 10])),
          tf.tensor1d(new Int32Array(N), "int32"),
        ];
        const before = tf.memory().numTensors;
        const logps = tokenLogps(h, w, targets);
        const both = tokenLogpsWithDerivative(h, w, targets);
        expect(tf.memory().numTensors).toBe(before + 3);
        const [found, again, slopes] = [await logps.data(), await both.logps.data(), await both.dLogpsDh.data()];
        for (let n = 0; n < N; n++) {
          const total = Math.exp(n / 10) + Vocab - 1;
          expectWithin(
            found[n]!,
            n / 10 - Math.log(total),
            gamma(functionRoundings + Vocab, unitRoundoff32) * 20,
            `logp ${n}`,
          );
          expectWithin(
            slopes[n]!,
            1 - Math.exp(n / 10) / total,
            gamma(functionRoundings + Vocab, unitRoundoff32),
            `slope ${n}`,
          );
        }
        expect(again).toEqual(found);
        tf.dispose([w, h, targets, logps, both]);
      });

      it("holds a few chunks at a time, not all logits: 300 rows against 200 000 ids under 256 MiB, where one copy of all is 229", async () => {
        const budget = await startBackend({ name: "wasm", memoryBytes: defaultMemoryBytes, tensorflowFolder: null });
        const [h, w, targets] = [
          tf.ones<tf.Rank.R2>([300, 1]),
          tf.ones<tf.Rank.R2>([200_000, 1]),
          tf.tensor1d(new Int32Array(300), "int32"),
        ];
        const held = budget.heldBytes;
        budget.highWaterBytes = held;
        tokenLogps(h, w, targets).dispose();
        expect(budget.highWaterBytes - held).toBeLessThan(4 * 64 * 2 ** 20);
        tf.dispose([h, w, targets]);
      });
    });
});
