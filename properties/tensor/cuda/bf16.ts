/** Unit roundoff of bfloat16: half the gap above 1. */
export const unitRoundoffBf16 = 2 ** -8;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The nearest number that bfloat16 holds, ties to even. */
export function roundToBf16(x: number): number {
  float[0] = x;
  const rest = bits[0]! & 0xffff;
  const isUp = rest > 0x8000 || (rest === 0x8000 && (bits[0]! & 0x10000) !== 0);
  bits[0] = (bits[0]! & 0xffff0000) + (isUp ? 0x10000 : 0);
  return float[0]!;
}
