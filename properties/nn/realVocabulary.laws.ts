import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { tokenLogps, tokenLogpsWithDerivative } from "../../src/nn/tokenLogps.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import type { BackendName } from "../../src/tensor/backend.ts";
import { dot } from "../reference/layers.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, gamma, norm, unitRoundoff32 } from "../support/tolerance.ts";
import { sumError } from "../tensor/reductionError.ts";
import { functionRoundings } from "./layer.ts";

/** Qwen3's */
const Vocab = 151_936;
const D = 4;
/** Products over the vocabulary are summed in parts of 1024, on cuda of 4096. */
const productRoundings = (backend: BackendName) => (backend === "cuda" ? 4096 + Vocab / 4096 : 1024 + Vocab / 1024);

/** A head and one state before it; the target is id 0. */
interface Head {
  readonly h: readonly number[]; // [D]
  readonly w: Float32Array; // [Vocab, D]
}
interface Answer {
  readonly logp: number;
  readonly again: number; // from the function that makes the derivative too
  readonly derivative: ArrayLike<number>; // [D]
}
type HeadLogp = (head: Head) => Answer | Promise<Answer>;

const inEngine: HeadLogp = async ({ h, w }) => {
  const inputs = [tf.tensor2d([[...h]]), tf.tensor2d(w, [Vocab, D]), tf.tensor1d([0], "int32")] as const;
  const logps = tokenLogps(...inputs);
  const both = tokenLogpsWithDerivative(...inputs);
  const read = async (x: tf.Tensor) => await x.data();
  const answer = {
    logp: (await read(logps))[0]!,
    again: (await read(both.logps))[0]!,
    derivative: await read(both.dLogpsDh),
  };
  tf.dispose([...inputs, logps, both]);
  return answer;
};

const exactly = (x: number) => x;

/** In float64, but for the sums over the vocabulary: they run from its first entry to its last, each step rounded. */
function runningSums({ h, w }: Head, inSum: typeof Math.fround, inProduct: typeof Math.fround): Answer {
  const logitOf = (id: number) => dot(h, w.subarray(id * D, (id + 1) * D) as unknown as number[]);
  let peak = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < Vocab; id++) peak = Math.max(peak, logitOf(id));
  let sum = 0;
  const weighted = new Float64Array(D);
  for (let id = 0; id < Vocab; id++) {
    const p = Math.exp(logitOf(id) - peak);
    sum = inSum(sum + p);
    for (let j = 0; j < D; j++) weighted[j] = inProduct(weighted[j]! + p * w[id * D + j]!);
  }
  const logp = logitOf(0) - peak - Math.log(sum);
  return { logp, again: logp, derivative: weighted.map((x, j) => w[j]! - x / sum) };
}

/** Case of a public bug report: logits 0 for id 0 and -17.5 for all others. log p(0) = -log(1 + 151935 e^-17.5). */
const sure: Head = {
  h: [4, 0, 0, 1],
  w: Float32Array.from({ length: Vocab * D }, (_, i) => (i % D === 0 && i > 0 ? -4.375 : i % D === 3 ? 0.5 : 0)),
};
const flat: Head = { h: [1, 1, 1, 1], w: new Float32Array(Vocab * D).fill(0.25) };
const anyHead: fc.Arbitrary<Head> = fc.tuple(fc.nat(), fc.constantFrom(0.5, 2, 5)).map(([seed, scale]) => {
  const rng = seededRng(seed, "head");
  return {
    h: Array.from({ length: D }, () => Math.fround(scale * rng.normal())),
    w: Float32Array.from({ length: Vocab * D }, () => rng.normal()),
  };
});

function lawsOfHead(backend: BackendName): void {
  lawsOf<HeadLogp>("tokenLogps, tokenLogpsWithDerivative", inEngine, (law) =>
    law("agree with float64 over a vocabulary of 151,936: roundings of the logits, of exp and log, and sumError(n)", {
      else: "every log-probability is too likely, and generation and scoring disagree before the first update",
      for: [anyHead],
      holds: async (logpOf, head) => {
        const exact = runningSums(head, exactly, exactly);
        const { logp, again, derivative } = await logpOf(head);
        let longest = 0;
        for (let id = 0; id < Vocab; id++) longest = Math.max(longest, norm(head.w.subarray(id * D, (id + 1) * D)));
        const logit = gamma(D + 2, unitRoundoff32) * norm(head.h) * longest;
        const shares = sumError(backend, Vocab, 1, 1) + functionRoundings * 2 * unitRoundoff32 + 2 * logit;
        const bound = shares + (functionRoundings + 4) * unitRoundoff32 * (1 + Math.abs(exact.logp));
        expectWithin(logp, exact.logp, bound, "logp");
        expectWithin(again, exact.logp, bound, "logp beside its derivative");
        for (let j = 0; j < D; j++)
          expectWithin(
            derivative[j]!,
            exact.derivative[j]!,
            (2 * shares + gamma(productRoundings(backend) + 4, unitRoundoff32)) * longest,
            `derivative by h[${j}]`,
          );
      },
      examples: [[sure], [flat]],
      numRuns: 4,
      rejects: {
        "a running float32 sum of exps": [(head) => runningSums(head, Math.fround, exactly), sure],
        "a running float32 product": [(head) => runningSums(head, exactly, Math.fround), sure],
      },
    }),
  );
}

forEachBackend(lawsOfHead);
