import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import type { Adapter } from "../adapter/adapter.ts";
import type { KnobLayout } from "../adapter/knobTable.ts";
import { sha256OfFile } from "../artifact/sha256.ts";
import { ConfigError } from "../errors.ts";
import { readVHack, type VHack } from "../vhack/vHackFile.ts";
import { vHackTable } from "../vhack/vHackTable.ts";

/** A v_hack ready to project with; whoever opened it frees the table. */
export interface OpenVHack {
  readonly vHack: VHack;
  readonly table: Tensor3D; // [M, k, P]
  readonly hash: string; // of the file
}

/**
 * Read v_hack for an adapter's knobs.
 *
 * @throws ArtifactError  the file is missing or broken
 * @throws ConfigError    it was extracted in another basis
 */
export async function openVHack(path: string, adapter: Adapter): Promise<OpenVHack> {
  const vHack = await readVHack(path);
  expectSameBasis(vHack, adapter, path);
  return { vHack, table: deviceTable(vHack, adapter.layout), hash: await sha256OfFile(path) };
}

/** v_hack in the order and width of an adapter's knobs, on the device, [M, k, P]. @throws ConfigError  it does not fit them */
export function deviceTable(vHack: VHack, layout: KnobLayout): Tensor3D {
  const { data, shape } = vHackTable(vHack, layout);
  return tf.tensor3d(data, shape);
}

/**
 * Check that directions are coordinates of this adapter's knobs; files of other software do not say, and pass.
 *
 * @throws ConfigError  they were extracted in another basis: another adapter, or a LoRA that started elsewhere
 */
export function expectSameBasis(vHack: VHack, adapter: Pick<Adapter, "basis" | "kind">, where: string): void {
  const basis = vHack.metadata["knobs"];
  if (basis !== undefined && basis !== adapter.basis)
    throw new ConfigError(
      `${where}: expected v_hack in the basis of ${adapter.basis}, got ${basis}; it was made for another model or other adapter flags, extract it again: vhack extract --overwrite --adapter ${adapter.kind}`,
    );
}
