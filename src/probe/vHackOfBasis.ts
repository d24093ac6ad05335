import type { Adapter } from "../adapter/adapter.ts";
import { ConfigError } from "../errors.ts";
import type { VHack } from "../vhack/vHackFile.ts";

/**
 * Check that directions are coordinates of this adapter's knobs; files of other software do not say, and pass.
 *
 * @throws ConfigError  they were extracted in another basis: another adapter, or a LoRA that started elsewhere
 */
export function vHackOfBasis(vHack: VHack, adapter: Adapter, where: string): VHack {
  const basis = vHack.metadata["knobs"];
  if (basis !== undefined && basis !== adapter.basis)
    throw new ConfigError(
      `${where}: expected v_hack in the basis of ${adapter.basis}, got ${basis}; it was made for another model or other adapter flags, extract it again: vhack extract --overwrite --adapter ${adapter.kind}`,
    );
  return vHack;
}
