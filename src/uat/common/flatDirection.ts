import { norm } from "../../numeric/linalg/norm.ts";
import type { VHack } from "../../vhack/vHackFile.ts";
import type { SampleGradients } from "../evidence/sampleGradients.ts";

/** v_hack laid out like the gradients, or why it cannot be: it was made for another model or adapter. */
export type Fit =
  { readonly kind: "fits"; readonly direction: Float64Array } | { readonly kind: "misfit"; readonly why: string };

/**
 * v_hack as one vector in the layout of the stored gradients: per module the sum of its rows, normalised.
 *
 *     v_m = (row_1 + ... + row_k) / |row_1 + ... + row_k|        [r], zero where the module has no direction
 */
export function flatDirection(vHack: VHack, { moduleNames, widths }: SampleGradients): Fit {
  const known = new Set(moduleNames);
  for (const moduleName of vHack.modules.keys())
    if (!known.has(moduleName)) return misfit("modules of the stored gradients", moduleName);
  const pieces: Float64Array[] = [];
  for (const [m, moduleName] of moduleNames.entries()) {
    const directions = vHack.modules.get(moduleName);
    if (directions === undefined) pieces.push(new Float64Array(widths[m]!));
    else if (directions.r !== widths[m]) return misfit(`r = ${widths[m]} for ${moduleName}`, `r = ${directions.r}`);
    else pieces.push(unitSum(directions.v, directions.k, directions.r));
  }
  return { kind: "fits", direction: concatenated(pieces) };
}

function misfit(expected: string, got: string): Fit {
  return { kind: "misfit", why: `v_hack: expected ${expected}, got ${got}; it was made for another model or adapter` };
}

function concatenated(pieces: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

function unitSum(v: ArrayLike<number>, k: number, r: number): Float64Array {
  const sum = new Float64Array(r);
  for (let i = 0; i < k; i++) for (let j = 0; j < r; j++) sum[j]! += v[i * r + j]!;
  const length = norm(sum);
  return length === 0 ? sum : sum.map((value) => value / length);
}
