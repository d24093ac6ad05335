import fc from "fast-check";
import { expect } from "vitest";
import { sampleLeak } from "../../../src/probe/replay/sampleLeak.ts";
import { float32Vector } from "../../support/arbitraries.ts";
import { lawsOf } from "../../support/lawsOf.ts";

const pair = fc.integer({ min: 1, max: 5 }).chain((n) => fc.tuple(float32Vector(n), float32Vector(n)));

lawsOf("sampleLeak", sampleLeak, (law) => {
  law("is 0 for equal gradients alone, and invariant to their common scale: leak(c a, c b) = leak(a, b)", {
    else: "samples that leak into each other pass R2, or gradients of a small model fail it",
    for: [pair],
    holds: (leak, [alone, together]) => {
      expect(leak(alone, alone)).toBe(0);
      if (alone.every((value) => value === 0)) return;
      const equal = alone.every((value, i) => value === together[i]);
      expect(leak(alone, together) > 0).toBe(!equal);
      const scaled = (values: ArrayLike<number>) => Array.from(values, (value) => value * 8);
      expect(leak(scaled(alone), scaled(together))).toBe(leak(alone, together));
    },
    rejects: {
      "the absolute deviation": [
        (alone, together) => Math.max(...Array.from(alone, (value, i) => Math.abs(value - together[i]!))),
        [Float32Array.of(1, 2), Float32Array.of(1, 3)],
      ],
      "growth alone": [
        (alone, together) =>
          sampleLeak(
            alone,
            Array.from(together, (value, i) => Math.max(value, alone[i]!)),
          ),
        [Float32Array.of(1, 2), Float32Array.of(1, 1)],
      ],
      "the first entry alone": [
        (alone, together) => sampleLeak([alone[0]!], [together[0]!]),
        [Float32Array.of(1, 2), Float32Array.of(1, 3)],
      ],
    },
  });

  law("is the largest deviation over the largest entry; the deviation itself where the gradient alone is zero", {
    for: [],
    holds: (leak) => {
      expect(leak([4, -2, 0], [4, -1, 0.5])).toBe(0.25);
      expect(leak([0, 0], [0, -3])).toBe(3);
    },
    rejects: {
      "over the entry itself": [
        (alone, together) =>
          Math.max(
            ...Array.from(alone, (value, i) => (value === together[i] ? 0 : Math.abs(1 - together[i]! / value))),
          ),
      ],
      "0 where the gradient alone is zero": [
        (alone, together) => (Array.from(alone).every((value) => value === 0) ? 0 : sampleLeak(alone, together)),
      ],
    },
  });
});
