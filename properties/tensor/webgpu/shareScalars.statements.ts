import { expect } from "vitest";
import type { shareScalars } from "../../../src/tensor/webgpu/shareScalars.ts";
import { type FakeBuffer, FakeDevice } from "./webgpuFakes.ts";

export type Share = typeof shareScalars;

/** A tensor on its way to the device. */
export interface Upload {
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

export const shareScalarsLaws = {
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
