import type { Readable } from "node:stream";

/** Keeps the first `limit` bytes of a stream and throws the rest away, so that a flood costs time but no memory. */
export class HeadBuffer {
  readonly #limit: number;
  readonly #onOverflow: () => void;
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  constructor(limit: number, onOverflow: () => void = () => {}) {
    this.#limit = limit;
    this.#onOverflow = onOverflow;
  }

  drain(source: Readable): void {
    source.on("data", (chunk: Buffer) => this.push(chunk));
    // A pipe whose other end was killed may report an error instead of its end: the head that came is what there is.
    source.on("error", () => source.destroy());
  }

  push(chunk: Buffer): void {
    const room = this.#limit - this.#length;
    if (chunk.length > room) this.#onOverflow();
    if (room === 0) return;
    this.#chunks.push(Buffer.from(chunk.subarray(0, room)));
    this.#length += Math.min(room, chunk.length);
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}
