import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AntiPasto } from "../../src/adapter/antipasto.ts";
import { ConfigError } from "../../src/errors.ts";
import { forEachBackend } from "../support/backends.ts";
import { runsOn } from "../support/runs.ts";
import { anyModelWorld, type World } from "../support/tinyModel.ts";
import { antiPastoLaws as laws, descends, realAntiPasto, realApply } from "./antipasto.statements.ts";

const seed = fc.integer({ min: 1, max: 1000 });

forEachBackend((backend) => {
  const runs = runsOn(backend, 10);
  const forAny = (law: (world: World, seed: number) => Promise<void>) =>
    fc.assert(fc.asyncProperty(anyModelWorld, seed, law), runs);

  describe("AntiPasto", () => {
    // ELSE the replay's first step does not start from the checkpoint
    it("is the identity at deltaS = 0, bit for bit, before and after other knobs", () =>
      forAny((world) => laws.isIdentityAtZero(realAntiPasto, realApply, world)));

    it("never moves base weights, bit for bit", () =>
      forAny((world) => laws.leavesBaseAlone(realAntiPasto, realApply, world)));

    it("merges W' = W + U diag(deltaS) Vh, entry by entry", () =>
      forAny((world, at) => laws.mergesTheFormula(realAntiPasto, world, at)));

    // ELSE generation and gradients are of different policies
    it("merged equals unmerged: logps(W') = logps of y = W x + U (deltaS * (Vh x)) in float64", () =>
      forAny((world, at) => laws.mergesWhatItMeans(realAntiPasto, realApply, world, at)));

    // ELSE v_hack depends on which way a LAPACK turned a singular vector
    it("is invariant to joint signs of (u_i, v_i): the same gradients, bit for bit", () =>
      forAny((world, at) => laws.ignoresSigns(realAntiPasto, world, at)));

    it("follows the order of the directions: SVD reversed -> gradients reversed", () =>
      forAny((world) => laws.followsOrder(realAntiPasto, world)));

    it("descends: nll(deltaS - eps g) < nll(deltaS)", () => forAny(descends));

    it("frees its tensors: after dispose() numTensors is what it was", () =>
      forAny((world) => laws.freesItsTensors(realAntiPasto, realApply, world)));

    it("rejects a wrapped module without an SVD -> ConfigError", () => {
      expect(() => new AntiPasto(["model.layers.0.self_attn.q_proj"], new Map())).toThrow(ConfigError);
    });
  });
});
