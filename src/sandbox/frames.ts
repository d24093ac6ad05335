/**
 * Cuts a job's channel into its frames: 4-byte big-endian length, then that many bytes (a marshal value, see marshalValue.ts).
 *
 * `whole` is false when bytes are left over that make no frame: the writer died in the middle, or somebody else wrote too.
 */
export function frames(channel: Uint8Array): { readonly blobs: Uint8Array[]; readonly whole: boolean } {
  const view = new DataView(channel.buffer, channel.byteOffset, channel.byteLength);
  const blobs: Uint8Array[] = [];
  let at = 0;
  while (at + 4 <= channel.length) {
    const end = at + 4 + view.getUint32(at);
    if (end > channel.length) break;
    blobs.push(channel.subarray(at + 4, end));
    at = end;
  }
  return { blobs, whole: at === channel.length };
}
