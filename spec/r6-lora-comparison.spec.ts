import { trajectoryOf } from "../properties/support/madeUpArm.ts";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { applyKnobs } from "../src/adapter/adapter.ts";
import { openLora } from "../src/probe/openAdapter.ts";
import { nllPairLoss, pairGradients } from "../src/probe/extract/pairGradients.ts";
import { loadModel } from "../src/probe/loadedModel.ts";
import { defaultMemoryBytes, startBackend } from "../src/tensor/backend.ts";
import { moduleDifferences } from "../src/vhack/differences.ts";
import { readPairs } from "../src/vhack/pairs.ts";
import { silentProgress } from "../src/probe/progress.ts";
import { emptyPhase2, judgedPhase2, phase2UnderTest } from "./support/trajectories.ts";

const miniature = fileURLToPath(new URL("../fixtures/miniature/", import.meta.url));
const figures = { start: 0.05, end: 0.4, solves: 0.5, outside: 0.05 };
const arms = {
  vanilla: trajectoryOf("vanilla", figures),
  projected: trajectoryOf("projected", { ...figures, end: 0.2 }),
  vanilla_lora: trajectoryOf("vanilla_lora", { ...figures, end: 0.42 }),
  projected_lora: trajectoryOf("projected_lora", { ...figures, end: 0.24 }),
};

/**
 * Claim: projecting in LoRA knobs slows the learning of hacks at least 80% as much as in AntiPaSTO knobs; or, cleanly, not.
 * Falsified by: nothing to compare with, vanilla arms at unmatched rates, a drift that nobody measured.
 */
describe("R6: LoRA's projection does as well, or a clean no", () => {
  it("on VHACK_OUT's trajectories, where there are any: answered, by a yes or a clean no", async () => {
    const evidence = await phase2UnderTest("R6", ({ arms }) => arms.vanilla_lora.kind === "found");
    if (evidence === null) return;
    const { outcome, message } = judgedPhase2("R6", evidence);
    expect(["PASS", "CLEAN NEGATIVE"], message).toContain(outcome);
  });

  it("says yes, a clean no, or that the comparison is not clean", async () => {
    const evidence = await emptyPhase2();
    const judged = (changed: Partial<typeof arms>) =>
      judgedPhase2("R6", { ...evidence, arms: { ...evidence.arms, ...arms, ...changed } });
    expect(judged({}).outcome).toBe("PASS");
    expect(judged({ projected_lora: trajectoryOf("projected_lora", { ...figures, end: 0.38 }) }).outcome).toBe(
      "CLEAN NEGATIVE",
    );
    expect(judged({ vanilla_lora: trajectoryOf("vanilla_lora", { ...figures, end: 0.2 }) })).toMatchObject({
      outcome: "FAIL",
      message: expect.stringContaining("not at matched hack rates"),
    });
    expect(judged({ projected: arms.vanilla })).toMatchObject({
      outcome: "FAIL",
      message: expect.stringContaining("no reduction to compare with"),
    });
    expect(judgedPhase2("R6", evidence)).toMatchObject({
      outcome: "FAIL",
      measured: false,
      message: expect.stringContaining("vhack grpo --arm vanilla"),
    });
  });
});

describe("v_hack in LoRA knobs", () => {
  beforeAll(() => startBackend({ name: "wasm", memoryBytes: defaultMemoryBytes, tensorflowFolder: null }));

  // ELSE half of every direction is zero, and what A learns is never projected
  it("extracted at peft's zero B it is exactly zero in all of A; at a small random B it is not", async () => {
    const student = await loadModel(`${miniature}student`, null);
    const pairs = (await readPairs(`${miniature}pairs.jsonl`)).slice(0, 2);
    const rank = 4;
    const shareOfA = async (bStd: number): Promise<number> => {
      const lora = openLora(student, { rank, alpha: 8, bStd, seed: 0 });
      const knobs = lora.initialKnobs();
      await applyKnobs(student.model, lora, knobs);
      const differences = await pairGradients(
        { loaded: student, adapter: lora, rowsAtOnce: 4, progress: silentProgress },
        knobs,
        pairs,
        nllPairLoss,
      );
      student.model.useBase();
      knobs.dispose();
      const squares = lora.layout.moduleNames.map((moduleName, m) => {
        const { data, cols } = moduleDifferences(differences, m);
        const sizeA = rank * student.model.baseWeightT(moduleName).shape[0];
        return data.reduce(
          ([ofA, all], value, i) => [ofA! + (i % cols < sizeA ? value * value : 0), all! + value * value],
          [0, 0],
        );
      });
      return squares.reduce((sum, [ofA]) => sum + ofA!, 0) / squares.reduce((sum, [, all]) => sum + all!, 0);
    };
    expect(await shareOfA(0)).toBe(0);
    expect(await shareOfA(0.01)).toBeGreaterThan(0);
    student.model.dispose();
    expect(tf.memory().unreliable ?? false).toBe(false);
  });
});
