/**
 * bfloat16 to float32: the sixteen bits become the upper half, so every value (subnormal, infinite, NaN) is exact.
 *
 * @param bits  [n] the stored words
 */
export function widenBfloat16(bits: Uint16Array, into: Float32Array): void {
  const words = new Uint32Array(into.buffer, into.byteOffset, into.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
}

/**
 * IEEE half to float32, exact for every bit pattern.
 *
 *     exponent 1..30   (-1)^s (1 + m / 1024) 2^(e - 15)
 *     exponent 0       (-1)^s m 2^-24              zero and subnormals
 *     exponent 31      infinity (m = 0) or NaN with its payload
 *
 * @param bits  [n] the stored words
 */
export function widenFloat16(bits: Uint16Array, into: Float32Array): void {
  const words = new Uint32Array(into.buffer, into.byteOffset, into.length);
  for (let i = 0; i < bits.length; i++) {
    const bit = bits[i]!;
    const sign = (bit & 0x8000) << 16;
    const exponent = (bit >> 10) & 0x1f;
    const mantissa = bit & 0x3ff;
    if (exponent === 0) into[i] = (sign === 0 ? 1 : -1) * mantissa * 2 ** -24;
    else if (exponent === 31) words[i] = sign | 0x7f800000 | (mantissa << 13);
    else words[i] = sign | ((exponent + 112) << 23) | (mantissa << 13);
  }
}

/** float64 to the nearest float32; a magnitude past float32's largest becomes infinity, as every cast does. */
export function narrowFloat64(values: Float64Array, into: Float32Array): void {
  into.set(values);
}
