import { expect } from "vitest";

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

/** Laws of widening, checked on all 65536 bit patterns. */
export const widenLaws = {
  isExact(widen: Widen, exponentBits: number): void {
    const values = new Float32Array(every.length);
    widen(every, values);
    every.forEach((bits, i) =>
      expect(Object.is(values[i], meaning(bits, exponentBits)), `bits ${bits.toString(16)} -> ${values[i]}`).toBe(true),
    );
  },
};
