import { ArtifactError } from "../errors.ts";

/**
 * UTF-8 bytes as text, without the byte order mark that some editors put in front.
 *
 * @param where  the file or line, for messages
 * @throws ArtifactError  the bytes are not UTF-8
 */
export function utf8Text(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    const got = isUtf16 ? "UTF-16 (its byte order mark)" : `${bytes.length} bytes that are not`;
    throw new ArtifactError(`${where}: expected UTF-8 text, got ${got}; save the file as UTF-8`, cause);
  }
}
