import fc from "fast-check";

/** A stream hands bytes over in chunks that mean nothing. */
export const anyChunk = fc.uint8Array({ minLength: 1, maxLength: 6 });
export const anyChunks = fc.array(anyChunk, { maxLength: 6 });

export const bytes = (...values: number[]) => Uint8Array.from(values);

/** Eight bytes in three chunks. */
export const stream = [bytes(1, 2, 3), bytes(4), bytes(5, 6, 7, 8)];
