import fc from "fast-check";
import { expect } from "vitest";
import { frames } from "../../src/sandbox/frames.ts";
import { lawsOf } from "../support/lawsOf.ts";

function joined(blobs: readonly Uint8Array[]): Buffer {
  return Buffer.concat(blobs.flatMap((blob) => [Buffer.from(Uint32Array.of(blob.length).buffer).swap32(), blob]));
}

const blobs = fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 5 });
const two = [Uint8Array.of(1, 2), Uint8Array.of(3, 4)];

type Frames = typeof frames;
const emptyDropped: Frames = (bytes) => {
  const { blobs: found, whole } = frames(bytes);
  return { blobs: found.filter(({ length }) => length > 0), whole };
};
const halfKept: Frames = (bytes) => {
  const { blobs: found, whole } = frames(bytes);
  return { blobs: whole ? found : [...found, Buffer.from(bytes.subarray(-1))], whole };
};
const alwaysWhole: Frames = (bytes) => ({ ...frames(bytes), whole: true });
const padded: Frames = (bytes) => ({ blobs: [Buffer.from(bytes)], whole: true });

lawsOf("frames", frames, (law) => {
  law("inverts joining: frames(join(blobs)) = blobs, whole", {
    for: [blobs],
    holds: (read, parts) =>
      expect(read(joined(parts))).toEqual({ blobs: parts.map((part) => Buffer.from(part)), whole: true }),
    rejects: { "empty frames left out": [emptyDropped, [new Uint8Array()]] },
  });

  law("reports a cut: whole = false unless the cut lies between frames, blobs are a prefix", {
    else: "half a value passes for a value",
    for: [blobs, fc.nat()],
    holds: (read, parts, n) => {
      const bytes = joined(parts);
      const cut = read(bytes.subarray(0, n % (bytes.length + 1)));
      expect(parts.slice(0, cut.blobs.length).map((part) => Buffer.from(part))).toEqual(cut.blobs);
      expect(cut.whole).toBe(joined(cut.blobs).length === n % (bytes.length + 1));
    },
    rejects: {
      "the half of a frame kept": [halfKept, two, 11],
      "a cut that goes unreported": [alwaysWhole, two, 11],
    },
  });

  law("survives any bytes", {
    for: [fc.uint8Array({ maxLength: 40 })],
    holds: (read, bytes) => expect(joined(read(bytes).blobs).length).toBeLessThanOrEqual(bytes.length),
    rejects: { "more bytes than came": [padded, Uint8Array.of(1)] },
  });
});
