import { adapterNames, armName, defaultAdapter, type AdapterName } from "../../artifact/runLayout.ts";
import { grpoArms, type GrpoArm } from "../../probe/grpo/grpoSettings.ts";

/** An arm in the knobs of an adapter. */
export interface AdapterArm {
  readonly arm: GrpoArm;
  readonly adapter: AdapterName;
}

/** Arms as the command line and sweeps name them: `projected`, and `projected_lora` for the same arm in LoRA knobs. */
export type ArmName = GrpoArm | `${GrpoArm}_${Exclude<AdapterName, typeof defaultAdapter>}`;
export const namedArms: ReadonlyMap<ArmName, AdapterArm> = new Map(
  adapterNames.flatMap((adapter) =>
    grpoArms.map((arm) => [armName(arm, adapter) as ArmName, { arm, adapter }] as const),
  ),
);
export const armNames = [...namedArms.keys()];
