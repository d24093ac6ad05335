import { describe, it } from "vitest";
import { boundBufferPool } from "../../src/tensor/webgpu/boundBufferPool.ts";
import type { DeviceBuffer, WebGpuBackend } from "../../src/tensor/webgpu/webgpuBackend.ts";
import { type Bound, boundPoolLaws, type PoolScript } from "../tensor/webgpu/boundBufferPool.statements.ts";
import { type Share, shareScalarsLaws, type Upload } from "../tensor/webgpu/shareScalars.statements.ts";
import { rejects } from "../support/rejects.ts";

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

describe("teeth: boundBufferPool", () => {
  it("free bytes rejects: no bound", () => rejects(() => boundPoolLaws.boundsFreeBytes(unbounded, script)));
  it("buffers in use rejects: the new one destroyed, one lent twice, a destroyed one lent", async () => {
    for (const wrong of [destroysTheLent, lendsItAgain, lendsTheDestroyed])
      await rejects(() => boundPoolLaws.leavesUsedAlone(wrong, [...script, buffer(1), buffer(1)]));
  });
  it("the pool's counts rejects: bytes uncounted, buffers uncounted", async () => {
    for (const wrong of [uncountedBytes, uncountedBuffers])
      await rejects(() => boundPoolLaws.keepsCounts(wrong, script));
  });
  it("reuse rejects: a pool emptied every time", () =>
    rejects(() => boundPoolLaws.reusesWhatFits(always, [buffer(1), 0, buffer(1)])));
});

const uploads: Upload[] = [
  { dtype: "float32", values: [0] },
  { dtype: "float32", values: [-0] },
  { dtype: "float32", values: [0] },
  { dtype: "float32", values: [0, 1] },
  { dtype: "int32", values: [1] },
  { dtype: "float32", values: [1] },
];
type Data = { readonly dtype: string; values: ArrayLike<unknown> | null; resource?: object | null; external?: boolean };

/** One buffer per key; tensors without a key go the usual way. */
const sharedBy =
  (keyOf: (data: Data) => string | null, external = true): Share =>
  (backend) => {
    const shared = new Map<string, DeviceBuffer>();
    const upload = backend.uploadToGPU.bind(backend);
    backend.uploadToGPU = (dataId) => {
      const data: Data = backend.tensorMap.get(dataId);
      const key = (data.resource ?? null) === null ? keyOf(data) : null;
      if (key === null) return upload(dataId);
      const known =
        shared.get(key) ??
        backend.device.createBuffer({ size: 4 * data.values!.length, usage: 0, mappedAtCreation: true });
      if (!shared.has(key)) new Float32Array(known.getMappedRange()).set(data.values as number[]);
      shared.set(key, known);
      Object.assign(data, { resource: known, external, values: null });
    };
  };
const isScalar = ({ dtype, values }: Data) => dtype === "float32" && values?.length === 1;
const zeroesAlike = sharedBy((data) => (isScalar(data) ? String(data.values![0]) : null));
const firstEntry = sharedBy(({ dtype, values }) =>
  dtype === "float32" && !Object.is(values![0], -0) ? String(values![0]) : null,
);
const anyType = sharedBy(({ values }) =>
  values!.length === 1 && !Object.is(values![0], -0) ? String(values![0]) : null,
);
const inThePool = sharedBy(
  (data) => (isScalar(data) && !Object.is(data.values![0], -0) ? String(data.values![0]) : null),
  false,
);
const never: Share = () => {};
const endless = sharedBy((data) => (isScalar(data) ? String(data.values![0]) : null));

describe("teeth: shareScalars", () => {
  it("the numbers rejects: -0 as 0, the first entry for the whole, integers written as floats", async () => {
    for (const wrong of [zeroesAlike, firstEntry, anyType])
      await rejects(() => shareScalarsLaws.uploadsTheNumbers(wrong, uploads));
  });
  it("sharing rejects: none, one buffer for 0 and -0", async () => {
    for (const wrong of [never, zeroesAlike]) await rejects(() => shareScalarsLaws.sharesScalarsOnly(wrong, uploads));
  });
  it("the pool rejects: shared buffers that go back to it", () =>
    rejects(() => shareScalarsLaws.keepsThePoolOut(inThePool, uploads)));
  it("the bound rejects: every constant kept", () => rejects(() => shareScalarsLaws.boundsWhatItKeeps(endless, 4100)));
});
