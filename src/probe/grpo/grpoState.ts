import * as tf from "@tensorflow/tfjs-core";
import type { Adapter } from "../../adapter/adapter.ts";
import { stepExtras, stepPaths } from "../../artifact/runLayout.ts";
import { openSafetensors, safetensorsBytes, type WritableTensor } from "../../artifact/safetensors.ts";
import { grpoOptimizer, type GrpoKnobs } from "./grpoKnobs.ts";
import type { GrpoUpdate } from "./grpoSettings.ts";

/** Knobs and optimizers as a step's file: what the next step starts from. Randomness has no state: streams are named. */
export async function grpoStateBytes({
  deployed,
  quarantined,
  optimizer,
  hackOptimizer,
}: GrpoKnobs): Promise<Uint8Array> {
  const [main, hack] = [await optimizer.state(), await hackOptimizer.state()];
  const flat = (data: Float32Array): WritableTensor => ({ shape: [data.length], data });
  const tensors = new Map([
    ["deployed", flat(Float32Array.from(await deployed.data()))],
    ["quarantined", flat(Float32Array.from(await quarantined.data()))],
    ["m", flat(main.m)],
    ["v", flat(main.v)],
    ["hack_m", flat(hack.m)],
    ["hack_v", flat(hack.v)],
  ]);
  return safetensorsBytes(stepExtras.state, tensors, { steps_taken: String(main.t), hack_steps_taken: String(hack.t) });
}

/** The knobs of a run that has taken no step. */
export function startingKnobs(adapter: Adapter, settings: GrpoUpdate): GrpoKnobs {
  const [M, P] = [adapter.layout.moduleNames.length, adapter.layout.P];
  const optimizer = () => grpoOptimizer(settings, M, P, null);
  return {
    deployed: adapter.initialKnobs(),
    quarantined: tf.zeros([M, P]),
    optimizer: optimizer(),
    hackOptimizer: optimizer(),
  };
}

/** The knobs as a finished step left them, bit for bit. @throws ArtifactError  the state is missing or broken */
export async function resumedKnobs(
  adapter: Adapter,
  settings: GrpoUpdate,
  folder: string,
  step: number,
): Promise<GrpoKnobs> {
  const [M, P] = [adapter.layout.moduleNames.length, adapter.layout.P];
  const file = await openSafetensors(stepPaths(folder, step).extra(stepExtras.state));
  try {
    const table = async (name: string) => tf.tensor2d(await file.readFloat32(name), [M, P]);
    const optimizer = async (prefix: string, count: string) =>
      grpoOptimizer(settings, M, P, {
        m: await file.readFloat32(`${prefix}m`),
        v: await file.readFloat32(`${prefix}v`),
        t: Number(file.metadata[count]),
      });
    return {
      deployed: await table("deployed"),
      quarantined: await table("quarantined"),
      optimizer: await optimizer("", "steps_taken"),
      hackOptimizer: await optimizer("hack_", "hack_steps_taken"),
    };
  } finally {
    await file.close();
  }
}
