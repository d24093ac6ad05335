import { ArtifactError } from "../errors.ts";

/** One line of a text file. */
export interface TextLine {
  /** without the line break; UTF-8 where the file is what it should be */
  readonly bytes: Uint8Array;
  /** from 1 */
  readonly number: number;
  /** bytes of the file up to the end of the line, its line break included */
  readonly end: number;
  /** false for a last line without a line break */
  readonly isWhole: boolean;
}

/** How much text is read; beyond it a file is hostile, or should be split. */
export interface TextLimits {
  readonly bytes: number;
  readonly lines: number;
  readonly lineBytes: number;
}

/** Rows of all text together take at most about a gigabyte of memory; the longest row of a real pool has 40 KiB. */
export const textLimits: TextLimits = { bytes: 1 << 28, lines: 1 << 20, lineBytes: 1 << 24 };

/**
 * The lines of a text that comes in pieces, one at a time. Lines of nothing but white space are counted and left out.
 *
 * @param path  the file, for messages
 * @throws ArtifactError  a limit is passed
 */
export async function* textLines(
  pieces: AsyncIterable<Uint8Array>,
  path: string,
  limits: TextLimits = textLimits,
): AsyncGenerator<TextLine> {
  let [number, end, length] = [0, 0, 0];
  let parts: Uint8Array[] = []; // of the line that is not yet whole
  const line = (isWhole: boolean): TextLine | null => {
    const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    end += length + (isWhole ? 1 : 0);
    [parts, length] = [[], 0];
    if (++number > limits.lines) throw beyond(path, `${limits.lines} lines`);
    return isBlank(bytes) ? null : { bytes, number, end, isWhole };
  };
  for await (const piece of pieces) {
    let from = 0;
    while (from < piece.length) {
      const lineBreak = piece.indexOf(0x0a, from);
      const to = lineBreak === -1 ? piece.length : lineBreak;
      parts.push(piece.subarray(from, to));
      length += to - from;
      if (length > limits.lineBytes) throw beyond(`${path} line ${number + 1}`, `${limits.lineBytes} bytes`);
      if (end + length > limits.bytes) throw beyond(path, `${limits.bytes} bytes of text`);
      from = to + 1;
      const whole = lineBreak === -1 ? null : line(true);
      if (whole !== null) yield whole;
    }
  }
  const last = length === 0 ? null : line(false);
  if (last !== null) yield last;
}

/** Spaces, tabs, carriage returns and byte order marks. */
function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => [0x20, 0x09, 0x0d, 0xef, 0xbb, 0xbf].includes(byte));
}

function beyond(where: string, limit: string): ArtifactError {
  return new ArtifactError(`${where}: expected at most ${limit}, got more; split the file`);
}
