import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frames } from "../../src/sandbox/frames.ts";

function joined(blobs: readonly Uint8Array[]): Buffer {
  return Buffer.concat(blobs.flatMap((blob) => [Buffer.from(Uint32Array.of(blob.length).buffer).swap32(), blob]));
}

const blobs = fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 5 });

describe("frames", () => {
  it("inverts joining: frames(join(blobs)) = blobs, whole", () =>
    fc.assert(
      fc.property(
        blobs,
        (parts) =>
          void expect(frames(joined(parts))).toEqual({ blobs: parts.map((part) => Buffer.from(part)), whole: true }),
      ),
    ));

  // ELSE half a value passes for a value
  it("reports a cut: whole = false unless the cut lies between frames, blobs are a prefix", () =>
    fc.assert(
      fc.property(blobs, fc.nat(), (parts, n) => {
        const bytes = joined(parts);
        const cut = frames(bytes.subarray(0, n % (bytes.length + 1)));
        expect(parts.slice(0, cut.blobs.length).map((part) => Buffer.from(part))).toEqual(cut.blobs);
        expect(cut.whole).toBe(joined(cut.blobs).length === n % (bytes.length + 1));
      }),
    ));

  it("survives any bytes", () =>
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        (bytes) => void expect(joined(frames(bytes).blobs).length <= bytes.length).toBe(true),
      ),
    ));
});
