import type { Launch, Storage } from "../device.ts";

export const threadsPerBlock = 256;
/** Blocks that fill any card several times over; beyond that threads take several numbers each. */
const mostBlocks = 8192;

/** A thread for each of n numbers, or for each four of them where all arrays are floats and n allows it. */
export function flat(n: number, storages: readonly Storage[]): { lanes: 1 | 4; launch: Launch } {
  const lanes = n % 4 === 0 && storages.every((storage) => storage === "float" || storage === "bf16") ? 4 : 1;
  return { lanes, launch: over(n / lanes) };
}

/** A thread for each of n things, in blocks of 256. */
export function over(n: number): Launch {
  const blocks = Math.ceil(n / threadsPerBlock);
  return { grid: [Math.min(Math.max(blocks, 1), mostBlocks)], block: [threadsPerBlock] };
}

/** A block for each row of n numbers; whole warps, as sums over a block need. */
export function perRow(rows: number, n: number, most = threadsPerBlock): Launch {
  return { grid: [rows], block: [Math.min(most, Math.max(32, 32 * Math.ceil(n / 32)))] };
}
