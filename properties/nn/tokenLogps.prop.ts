import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { tokenLogps, tokenLogpsWithDerivative } from "../../src/nn/tokenLogps.ts";
import { defaultMemoryBytes, startBackend } from "../../src/tensor/backend.ts";
import { forEachBackend } from "../support/backends.ts";
import { expectWithin, gamma, unitRoundoff32 } from "../support/tolerance.ts";
import { functionRoundings } from "./layer.ts";

forEachBackend((backend) => {
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
        const [found, again, dLogpsDh] = [await logps.data(), await both.logps.data(), await both.dLogpsDh.data()];
        for (let n = 0; n < N; n++) {
          const total = Math.exp(n / 10) + Vocab - 1;
          expectWithin(
            found[n]!,
            n / 10 - Math.log(total),
            gamma(2 * functionRoundings, unitRoundoff32) * 20,
            `logp ${n}`,
          );
          expectWithin(
            dLogpsDh[n]!,
            1 - Math.exp(n / 10) / total,
            gamma(functionRoundings + 1024 + Vocab / 1024, unitRoundoff32),
            `derivative ${n}`,
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
