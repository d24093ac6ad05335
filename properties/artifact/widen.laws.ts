import { expect } from "vitest";
import { widenBfloat16, widenFloat16 } from "../../src/artifact/widen.ts";
import { lawsOf } from "../support/lawsOf.ts";

type Widen = (bits: Uint16Array, into: Float32Array) => void;

const every = Uint16Array.from({ length: 1 << 16 }, (_, bits) => bits);

/** What a 16-bit float with this many exponent bits means, by the definition of IEEE 754 in float64 arithmetic. */
function meaning(bits: number, exponentBits: number): number {
  const mantissaBits = 15 - exponentBits;
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> mantissaBits) & (2 ** exponentBits - 1);
  const fraction = (bits & (2 ** mantissaBits - 1)) / 2 ** mantissaBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

/** The law of a widening, on all 65536 bit patterns, with the other format as one of its mutants. */
function lawsOfWidening(name: string, widen: Widen, exponentBits: number, formula: string, other: Widen): void {
  const then =
    (change: (value: number) => number): Widen =>
    (bits, into) => {
      widen(bits, into);
      into.forEach((value, i) => (into[i] = change(value)));
    };
  const smallestNormal = 2 ** (2 - 2 ** (exponentBits - 1));

  lawsOf<Widen>(name, widen, (law) => {
    law(`is exact for every bit pattern: ${formula}, subnormals, infinities and NaN`, {
      else: "a checkpoint of 16-bit numbers is another model here than everywhere else",
      for: [],
      holds: (widening) => {
        const values = new Float32Array(every.length);
        widening(every, values);
        every.forEach((bits, i) => {
          const isExact = Object.is(values[i], meaning(bits, exponentBits));
          expect(isExact, `bits ${bits.toString(16)} -> ${values[i]}`).toBe(true);
        });
      },
      rejects: {
        "lost subnormals": [then((value) => (Math.abs(value) < smallestNormal ? 0 : value))],
        "a wrong bias": [then((value) => value * 2)],
        "infinities as numbers": [then((value) => (Math.abs(value) === Infinity ? Math.sign(value) * 65536 : value))],
        "a lost sign": [then((value) => (Object.is(value, -0) ? 0 : value))],
        "swapped formats": [other],
      },
    });
  });
}

lawsOfWidening("widenBfloat16", widenBfloat16, 8, "(-1)^s (1 + m / 128) 2^(e - 127)", widenFloat16);
lawsOfWidening("widenFloat16", widenFloat16, 5, "(-1)^s (1 + m / 1024) 2^(e - 15)", widenBfloat16);
