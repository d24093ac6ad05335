/**
 * The printable character that byte-level BPE writes for each byte.
 *
 * Bytes that print as themselves in Latin-1 keep their character; the others get U+0100, U+0101, ... in byte order.
 * Index: the byte, 0..255.
 * @see GPT-2, `bytes_to_unicode`
 */
export const byteSymbols: readonly string[] = symbols();

function symbols(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printsAsItself(byte) ? byte : next++));
}

function printsAsItself(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
}

/** UTF-8 bytes of a text, one symbol each. */
export function toByteSymbols(text: string): string[] {
  return Array.from(new TextEncoder().encode(text), (byte) => byteSymbols[byte]!);
}
