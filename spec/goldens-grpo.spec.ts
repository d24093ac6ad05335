import { readFileSync } from "node:fs";
import { it } from "vitest";
import { advantages } from "../src/loss/advantages.ts";
import { drGrpoLoss } from "../src/loss/drGrpoLoss.ts";
import { addLosses, k3Kl } from "../src/loss/k3Kl.ts";
import { nllLoss } from "../src/loss/nllLoss.ts";
import { mean } from "../src/numeric/moments.ts";
import { expectWithin, goldenTolerance } from "../properties/support/tolerance.ts";
import { describeGolden, goldenPath, goldenSets } from "./support/goldens.ts";

interface Inputs {
  readonly rewards: number[];
  readonly advantages: number[];
  readonly old_logps: number[][];
  readonly clip: number;
  readonly max_new: number;
}

interface GrpoExpected {
  readonly beta: number;
  readonly loss: number;
  readonly per_sample_loss: number[];
  readonly ratio_mean: number[];
  readonly clip_frac: number[];
  readonly k3_mean: number[];
}

interface Expected {
  readonly logps_0: number[][];
  readonly logps_given: number[][];
  readonly nll_0: number[];
  readonly nll_given: number[];
  readonly grpo: Record<"beta0" | "kl", GrpoExpected>;
}

for (const set of goldenSets())
  describeGolden(`${set}/expected.json`, (golden) => {
    const expected = golden as Expected;
    const inputs = JSON.parse(readFileSync(goldenPath(`${set}/inputs.json`), "utf8")) as Inputs;
    const close = (got: number, wanted: number, what: string) =>
      expectWithin(got, wanted, goldenTolerance.float64Absolute, what);
    const starts = [0];
    for (const logps of expected.logps_given) starts.push(starts.at(-1)! + logps.length);

    it("advantages: rewards minus their mean", () => {
      advantages([inputs.rewards]).advantages.forEach((A, i) => close(A, inputs.advantages[i]!, `advantage ${i}`));
    });

    it("NLL: minus the mean of the stored log-probabilities", () => {
      for (const delta of ["0", "given"] as const)
        nllLoss(expected[`logps_${delta}`].flat(), starts).perSampleLoss.forEach((nll, b) =>
          close(nll, expected[`nll_${delta}`][b]!, `nll ${b}`),
        );
    });

    it("Dr.GRPO with and without KL: loss, per-sample loss, ratios, clip fraction, k3, from the stored log-probabilities", () => {
      const denominator = inputs.rewards.length * inputs.max_new;
      const logps = expected.logps_given.flat();
      const policy = drGrpoLoss(
        { logps, oldLogps: inputs.old_logps.flat(), advantages: inputs.advantages, completionStarts: starts },
        { clip: inputs.clip, denominator },
      );
      for (const wanted of Object.values(expected.grpo)) {
        const penalty = k3Kl(logps, expected.logps_0.flat(), starts, wanted.beta, denominator);
        const total = addLosses(policy, penalty);
        close(total.loss, wanted.loss, "loss");
        wanted.per_sample_loss.forEach((loss, b) => close(total.perSampleLoss[b]!, loss, `loss of sample ${b}`));
        wanted.ratio_mean.forEach((ratio, b) => close(policy.perSampleRatio[b]!, ratio, `ratio ${b}`));
        wanted.clip_frac.forEach((fraction, b) => {
          const clipped = policy.clipped.slice(starts[b], starts[b + 1]);
          expectWithin(mean([...clipped]), fraction, Number.EPSILON, `clip ${b}`);
        });
        const k3Sums = k3Kl(logps, expected.logps_0.flat(), starts, 1, 1).perSampleLoss;
        wanted.k3_mean.forEach((k3, b) => close(k3Sums[b]! / (starts[b + 1]! - starts[b]!), k3, `k3 ${b}`));
      }
    });
  });
