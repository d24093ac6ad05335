import { expect } from "vitest";
import type { boundBufferPool } from "../../../src/tensor/webgpu/boundBufferPool.ts";
import { FakeDevice, type FakeBuffer, poolOf } from "./webgpuFakes.ts";

export type Bound = typeof boundBufferPool;

/** Buffers to ask for, in MiB and by usage; a number alone gives back the buffer in use at that place. */
export type PoolScript = readonly ({ readonly mib: number; readonly usage: number } | number)[];

const tolerated = 2 ** 30;
const bytesOf = (buffers: readonly FakeBuffer[]): number => buffers.reduce((sum, { size }) => sum + size, 0);

function play(
  bound: Bound,
  script: PoolScript,
  look: (state: {
    pool: ReturnType<typeof poolOf>;
    device: FakeDevice;
    used: readonly FakeBuffer[];
    isNew: boolean | null;
    usedBefore: number;
  }) => void,
): void {
  const device = new FakeDevice();
  const pool = poolOf(device);
  bound({ bufferManager: pool });
  const used: FakeBuffer[] = [];
  for (const command of script) {
    const [usedBefore, madeBefore] = [bytesOf(used), device.made.length];
    if (typeof command === "number") {
      if (used.length > 0) pool.releaseBuffer(used.splice(command % used.length, 1)[0]!);
    } else used.push(pool.acquireBuffer(command.mib * 2 ** 20, command.usage));
    look({
      pool,
      device,
      used,
      isNew: typeof command === "number" ? null : device.made.length > madeBefore,
      usedBefore,
    });
  }
}

const free = (device: FakeDevice, used: readonly FakeBuffer[]): FakeBuffer[] =>
  device.made.filter((buffer) => !buffer.destroyed && !used.includes(buffer));

export const boundPoolLaws = {
  /** After a buffer that none of the free ones fitted: free bytes <= max(1 GiB, used / 2). */
  boundsFreeBytes(bound: Bound, script: PoolScript): void {
    play(bound, script, ({ device, used, isNew, usedBefore }) => {
      if (isNew === true) expect(bytesOf(free(device, used))).toBeLessThanOrEqual(Math.max(tolerated, usedBefore / 2));
    });
  },

  /** No buffer of a living tensor is destroyed, and none is lent twice. */
  leavesUsedAlone(bound: Bound, script: PoolScript): void {
    play(bound, script, ({ used }) => {
      expect(used.filter(({ destroyed }) => destroyed).length, "buffers destroyed in use").toBe(0);
      expect(new Set(used).size, "buffers in use").toBe(used.length);
    });
  },

  /** tf.js' own counts stay true: they decide when the next buffers go. */
  keepsCounts(bound: Bound, script: PoolScript): void {
    play(bound, script, ({ pool, device, used }) => {
      const idle = free(device, used);
      expect(pool.numBytesUsed).toBe(bytesOf(used));
      expect(pool.numBytesAllocated).toBe(bytesOf(used) + bytesOf(idle));
      expect(pool.numFreeBuffers).toBe(idle.length);
      expect([...pool.freeBuffers.values()].flat().length).toBe(idle.length);
    });
  },

  /** Under the bound nothing is thrown away: what fits is lent again, so a device buffer is made only when none fits. */
  reusesWhatFits(bound: Bound, script: PoolScript): void {
    let idle: FakeBuffer[] = [];
    script.forEach((_, i) => {
      play(bound, script.slice(0, i + 1), ({ device, used }) => (idle = free(device, used)));
      const next = script[i + 1];
      if (next === undefined || typeof next === "number") return;
      const fits = idle.some(({ size, usage }) => size === next.mib * 2 ** 20 && usage === next.usage);
      let made: boolean | null = null;
      play(bound, script.slice(0, i + 2), ({ isNew }) => (made = isNew));
      expect(made, "a new buffer").toBe(!fits);
    });
  },
};
