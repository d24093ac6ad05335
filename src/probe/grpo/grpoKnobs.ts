import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { applyKnobs } from "../../adapter/adapter.ts";
import { AdamW } from "../../optim/adamw.ts";
import type { Optimizer, OptimizerState } from "../../optim/optimizer.ts";
import { Sgd } from "../../optim/sgd.ts";
import { projectUpdate } from "../../projection/gates.ts";
import type { Student } from "../run.ts";
import type { GrpoUpdate } from "./grpoSettings.ts";

/** What training moves. Rollouts come from deployed + quarantined; only deployed is deployed. */
export interface GrpoKnobs {
  readonly deployed: Tensor2D; // [M, P]
  readonly quarantined: Tensor2D; // [M, P], zero but in the routed arm
  readonly optimizer: Optimizer;
  readonly hackOptimizer: Optimizer;
}

/** The knobs that rollouts and gradients are taken at: deployed + quarantined; a new tensor. Deployment runs on deployed alone. */
export function policyKnobs({ deployed, quarantined }: GrpoKnobs): Tensor2D {
  return tf.add(deployed, quarantined);
}

/** An optimizer of the chosen kind; `state` null for one that has taken no step. */
export function grpoOptimizer(
  { optimizer, adamW }: Pick<GrpoUpdate, "optimizer" | "adamW">,
  M: number,
  P: number,
  state: OptimizerState | null,
): Optimizer {
  if (optimizer === "sgd") return state === null ? Sgd.start() : Sgd.resume(state);
  return state === null ? AdamW.start(M, P, adamW) : AdamW.resume(M, P, adamW, state);
}

/**
 * One descent of an arm.
 *
 *     vanilla              deployed <- optimizer(g)
 *     projected, random_v  deployed <- optimizer(gate(g).projected)          project = gradient
 *                          deployed += -gate(-optimizer(g)).projected        project = update
 *     routed               deployed <- optimizer(gate(g).projected),  quarantined <- optimizer'(gate(g).removed)
 *
 * The knobs that came in are freed.
 *
 * @param gradient   clipped already, [M, P]
 * @param direction  what the gate removes: v_hack, or random rows in arm random_v; [M, k, P]
 * @returns  update: what was added to the deployed knobs; the caller frees it
 */
export function descend(
  knobs: GrpoKnobs,
  gradient: Tensor2D,
  direction: Tensor3D,
  settings: GrpoUpdate,
): { knobs: GrpoKnobs; update: Tensor2D } {
  const { arm, remove, project, learningRate } = settings;
  const { deployed, quarantined, optimizer, hackOptimizer } = knobs;
  if (arm === "vanilla") {
    const { knobs: next, update } = optimizer.step(deployed, gradient, learningRate);
    deployed.dispose();
    return { knobs: { ...knobs, deployed: next }, update };
  }
  if (project === "update" && arm !== "routed") {
    const whole = optimizer.step(deployed, gradient, learningRate);
    const update = projectUpdate(whole.update, direction, remove);
    const next: Tensor2D = tf.add(deployed, update);
    tf.dispose([whole.knobs, whole.update, deployed]);
    return { knobs: { ...knobs, deployed: next }, update };
  }
  const { projected, removed } = remove(gradient, direction);
  const { knobs: next, update } = optimizer.step(deployed, projected, learningRate);
  deployed.dispose();
  const parked = arm === "routed" ? parkedIn(quarantined, removed, hackOptimizer, learningRate) : quarantined;
  tf.dispose([projected, removed]);
  return { knobs: { ...knobs, deployed: next, quarantined: parked }, update };
}

function parkedIn(quarantined: Tensor2D, removed: Tensor2D, optimizer: Optimizer, learningRate: number): Tensor2D {
  const { knobs, update } = optimizer.step(quarantined, removed, learningRate);
  tf.dispose([quarantined, update]);
  return knobs;
}

/** Merge what rollouts and gradients are taken at. */
export async function applyPolicy({ loaded, adapter }: Student, knobs: GrpoKnobs): Promise<void> {
  const policy = policyKnobs(knobs);
  await applyKnobs(loaded.model, adapter, policy);
  policy.dispose();
}

export function disposeKnobs({ deployed, quarantined, optimizer, hackOptimizer }: GrpoKnobs): void {
  tf.dispose([deployed, quarantined]);
  optimizer.dispose();
  hackOptimizer.dispose();
}
