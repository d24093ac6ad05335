import type { KnobLayout } from "../adapter/knobTable.ts";
import { ConfigError } from "../errors.ts";
import type { VHack } from "./vHackFile.ts";

/** All modules' directions as one table, to be put on the device once. */
export interface VHackTable {
  readonly data: Float32Array; // [M, k, P], zero padded
  readonly shape: [M: number, k: number, P: number]; // k = most directions that any module has
}

/**
 * Lay v_hack out in the order and width of an adapter's knobs.
 *
 * @throws ConfigError  the first module, in checkpoint order, that v_hack lacks or knows at another width; then the first
 *                      that the adapter lacks
 */
export function vHackTable(vHack: VHack, layout: KnobLayout): VHackTable {
  const { moduleNames, widths, P } = layout;
  moduleNames.forEach((moduleName, m) => {
    const directions = vHack.modules.get(moduleName);
    if (directions === undefined)
      throw misfit(`directions for ${moduleName}`, `none (it has ${vHack.modules.size} modules)`);
    if (directions.r !== widths[m]) throw misfit(`r = ${widths[m]} for ${moduleName}`, `r = ${directions.r}`);
  });
  const known = new Set(moduleNames);
  for (const moduleName of vHack.modules.keys())
    if (!known.has(moduleName)) throw misfit(`only the ${moduleNames.length} wrapped modules`, `${moduleName} as well`);

  const k = Math.max(...[...vHack.modules.values()].map((directions) => directions.k));
  const data = new Float32Array(moduleNames.length * k * P);
  moduleNames.forEach((moduleName, m) => {
    const { v, k: rows, r } = vHack.modules.get(moduleName)!;
    for (let i = 0; i < rows; i++) data.set(v.subarray(i * r, (i + 1) * r), (m * k + i) * P);
  });
  return { data, shape: [moduleNames.length, k, P] };
}

function misfit(expected: string, got: string): ConfigError {
  return new ConfigError(
    `v_hack: expected ${expected}, got ${got}; it was made for another model or adapter, so extract it again with: vhack extract`,
  );
}
