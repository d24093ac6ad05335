import fc from "fast-check";
import { expect } from "vitest";
import { shareScalars } from "../../../src/tensor/webgpu/shareScalars.ts";
import type { DeviceBuffer } from "../../../src/tensor/webgpu/webgpuBackend.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { type FakeBuffer, FakeDevice } from "./webgpuFakes.ts";

type Share = typeof shareScalars;

/** A tensor on its way to the device. */
interface Upload {
  readonly dtype: "float32" | "int32";
  readonly values: readonly number[];
}
interface Data {
  readonly dtype: string;
  values: readonly number[] | null;
  resource: FakeBuffer | null;
  external?: boolean;
}

/** What tf.js' upload does: a buffer of the tensor's own, from the pool, unless it has one. */
function played(
  share: Share,
  uploads: readonly Upload[],
): { tensors: Data[]; pooled: Set<FakeBuffer>; device: FakeDevice } {
  const device = new FakeDevice();
  const pooled = new Set<FakeBuffer>();
  const tensors = uploads.map(({ dtype, values }): Data => ({ dtype, values, resource: null }));
  const backend = {
    device,
    tensorMap: { get: (dataId: object) => dataId as Data },
    uploadToGPU: (dataId: object): void => {
      const data = dataId as Data;
      if (data.resource !== null) return;
      const buffer = device.createBuffer({ size: 4 * data.values!.length, usage: 0, mappedAtCreation: true });
      (data.dtype === "int32"
        ? new Int32Array(buffer.getMappedRange())
        : new Float32Array(buffer.getMappedRange())
      ).set(data.values!);
      pooled.add(buffer);
      Object.assign(data, { resource: buffer, values: null });
    },
  };
  share(backend);
  for (const data of [...tensors, ...tensors]) backend.uploadToGPU(data);
  return { tensors, pooled, device };
}

const shareScalarsLaws = {
  /** Every tensor finds its own numbers on the device, bit for bit: -0 is not 0. */
  uploadsTheNumbers(share: Share, uploads: readonly Upload[]): void {
    played(share, uploads).tensors.forEach(({ resource }, i) => {
      const { dtype, values } = uploads[i]!;
      const array = dtype === "int32" ? Int32Array : Float32Array;
      expect([...new Uint8Array(resource!.getMappedRange())]).toEqual([...new Uint8Array(array.from(values).buffer)]);
    });
  },

  /** The same float32 scalar twice is one buffer; anything else has a buffer of its own. */
  sharesScalarsOnly(share: Share, uploads: readonly Upload[]): void {
    const { tensors } = played(share, uploads);
    const isShared = ({ dtype, values }: Upload) =>
      dtype === "float32" && values.length === 1 && !Object.is(values[0], -0);
    uploads.forEach((one, i) =>
      uploads.slice(0, i).forEach((other, j) => {
        const same = isShared(one) && isShared(other) && Object.is(one.values[0], other.values[0]);
        expect(tensors[i]!.resource === tensors[j]!.resource, `buffers of tensors ${j} and ${i}`).toBe(same);
      }),
    );
  },

  /** A buffer that did not come from the pool must not go there when one of its tensors dies: others still read it. */
  keepsThePoolOut(share: Share, uploads: readonly Upload[]): void {
    const { tensors, pooled } = played(share, uploads);
    for (const { resource, external } of tensors) expect(external ?? false).toBe(!pooled.has(resource!));
  },

  /** Shared constants stay for ever, so there is a most: 4096. */
  boundsWhatItKeeps(share: Share, distinct: number): void {
    const { tensors } = played(
      share,
      Array.from({ length: distinct }, (_, i): Upload => ({ dtype: "float32", values: [i] })),
    );
    expect(tensors.filter(({ external }) => external === true).length).toBe(Math.min(distinct, 4096));
  },
};

/** Few values, so that some meet again; the odd ones among them. */
const upload: fc.Arbitrary<Upload> = fc.oneof(
  fc.record({
    dtype: fc.constant("float32" as const),
    values: fc.array(fc.constantFrom(0, -0, 1, 0.1, 1e-45, Number.NaN, Number.NEGATIVE_INFINITY), {
      minLength: 1,
      maxLength: 2,
    }),
  }),
  fc.record({
    dtype: fc.constant("int32" as const),
    values: fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 2 }),
  }),
);
const anyUploads = fc.array(upload, { maxLength: 20 });

const uploads: Upload[] = [
  { dtype: "float32", values: [0] },
  { dtype: "float32", values: [-0] },
  { dtype: "float32", values: [0] },
  { dtype: "float32", values: [0, 1] },
  { dtype: "int32", values: [1] },
  { dtype: "float32", values: [1] },
];
type LooseData = { readonly dtype: string; values: ArrayLike<unknown> | null; resource?: object | null };

/** One buffer per key; tensors without a key go the usual way. */
const sharedBy =
  (keyOf: (data: LooseData) => string | null, external = true): Share =>
  (backend) => {
    const shared = new Map<string, DeviceBuffer>();
    const upload = backend.uploadToGPU.bind(backend);
    backend.uploadToGPU = (dataId) => {
      const data: LooseData = backend.tensorMap.get(dataId);
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
const isScalar = ({ dtype, values }: LooseData) => dtype === "float32" && values?.length === 1;
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

lawsOf<Share>("shareScalars", shareScalars, (law) => {
  law("uploads the numbers: each tensor's buffer holds its own values, bit for bit", {
    else: "a constant in a formula is another constant",
    for: [anyUploads],
    holds: shareScalarsLaws.uploadsTheNumbers,
    rejects: {
      "-0 as 0": [zeroesAlike, uploads],
      "the first entry for the whole": [firstEntry, uploads],
      "integers written as floats": [anyType, uploads],
    },
  });

  law("shares float32 scalars only: one buffer iff the same number, -0 apart", {
    for: [anyUploads],
    holds: shareScalarsLaws.sharesScalarsOnly,
    rejects: { none: [never, uploads], "one buffer for 0 and -0": [zeroesAlike, uploads] },
  });

  law("keeps shared buffers out of the pool: external iff shared", {
    else: "a buffer that other tensors read is lent to a new one and overwritten",
    for: [anyUploads],
    holds: shareScalarsLaws.keepsThePoolOut,
    rejects: { "shared buffers that go back to it": [inThePool, uploads] },
  });

  law("bounds what it keeps: at most 4096 shared constants", {
    for: [],
    holds: (share) => shareScalarsLaws.boundsWhatItKeeps(share, 4100),
    rejects: { "every constant kept": [endless] },
  });
});
