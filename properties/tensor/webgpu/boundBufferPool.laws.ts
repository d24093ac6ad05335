import fc from "fast-check";
import { expect } from "vitest";
import { boundBufferPool } from "../../../src/tensor/webgpu/boundBufferPool.ts";
import type { DeviceBuffer, WebGpuBackend } from "../../../src/tensor/webgpu/webgpuBackend.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { FakeDevice, type FakeBuffer, poolOf } from "./webgpuFakes.ts";

type Bound = typeof boundBufferPool;

/** Buffers to ask for, in MiB and by usage; a number alone gives back the buffer in use at that place. */
type PoolScript = readonly ({ readonly mib: number; readonly usage: number } | number)[];

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

const boundPoolLaws = {
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

  /** tf.js's counts stay true: they decide when the next buffers go. */
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

/** Few sizes, so that some fit; large ones, so that the bound is passed. */
const acquire = fc.record({ mib: fc.constantFrom(1, 300, 500, 700, 3000), usage: fc.constantFrom(1, 2) });
const anyScript: fc.Arbitrary<PoolScript> = fc.array(fc.oneof(acquire, fc.nat({ max: 20 })), { maxLength: 30 });

const buffer = (mib: number) => ({ mib, usage: 1 });
/** Three buffers come back to a pool that then holds 2 GiB for nobody; the next size fits none of them. */
const script: PoolScript = [
  buffer(700),
  buffer(700),
  buffer(600),
  buffer(1),
  0,
  0,
  0,
  buffer(5),
  buffer(600),
  0,
  buffer(1),
];

/** The real bound, with something done to the pool after each new buffer. */
const after =
  (change: (pool: WebGpuBackend["bufferManager"], lent: DeviceBuffer) => void): Bound =>
  (backend) => {
    boundBufferPool(backend);
    const pool = backend.bufferManager;
    const acquire = pool.acquireBuffer;
    pool.acquireBuffer = (...request) => {
      const lent = acquire(...request);
      change(pool, lent);
      return lent;
    };
  };
const emptying =
  (empty: (pool: WebGpuBackend["bufferManager"]) => void): Bound =>
  ({ bufferManager: pool }) => {
    const acquire = pool.acquireBuffer.bind(pool);
    pool.acquireBuffer = (...request) => {
      empty(pool);
      return acquire(...request);
    };
  };
const destroyed = (pool: WebGpuBackend["bufferManager"]) =>
  [...pool.freeBuffers.values()].flatMap((buffers) => buffers.splice(0)).map((gone) => (gone.destroy(), gone.size));
const uncountedBytes = emptying((pool) => (pool.numFreeBuffers -= destroyed(pool).length));
const uncountedBuffers = emptying(
  (pool) => (pool.numBytesAllocated -= destroyed(pool).reduce((sum, size) => sum + size, 0)),
);
const always = emptying((pool) => {
  const sizes = destroyed(pool);
  pool.numFreeBuffers -= sizes.length;
  pool.numBytesAllocated -= sizes.reduce((sum, size) => sum + size, 0);
});
const unbounded: Bound = () => {};
const destroysTheLent = after((_, lent) => lent.destroy());
const lendsItAgain = after((pool, lent) => pool.freeBuffers.get(`${lent.size}_1`)!.push(lent));
/** Destroyed buffers stay in the list, to be lent again. */
const lendsTheDestroyed = emptying((pool) => [...pool.freeBuffers.values()].flat().forEach((gone) => gone.destroy()));

const longer = [...script, buffer(1), buffer(1)];

lawsOf<Bound>("boundBufferPool", boundBufferPool, (law) => {
  law("bounds free bytes: after a new buffer free <= max(1 GiB, used / 2)", {
    else: "device memory fills with buffers that nothing fits",
    for: [anyScript],
    holds: boundPoolLaws.boundsFreeBytes,
    rejects: { "no bound": [unbounded, script] },
  });

  law("leaves buffers in use alone: none destroyed, none lent twice", {
    else: "a tensor's numbers are gone, or are another tensor's",
    for: [anyScript],
    holds: boundPoolLaws.leavesUsedAlone,
    rejects: {
      "the new one destroyed": [destroysTheLent, longer],
      "one lent twice": [lendsItAgain, longer],
      "a destroyed one lent": [lendsTheDestroyed, longer],
    },
  });

  law("keeps the pool's counts: allocated = used + free, in bytes and in buffers", {
    for: [anyScript],
    holds: boundPoolLaws.keepsCounts,
    rejects: { "bytes uncounted": [uncountedBytes, script], "buffers uncounted": [uncountedBuffers, script] },
  });

  law("reuses what fits: a new buffer iff no free one is of that size and usage", {
    for: [anyScript],
    holds: boundPoolLaws.reusesWhatFits,
    rejects: { "a pool emptied every time": [always, [buffer(1), 0, buffer(1)]] },
  });
});
