import type { Readable } from "node:stream";

/** Bytes of a stream, taken in exact counts; one taker at a time. */
export class ByteQueue {
  #chunks: Buffer[] = [];
  #length = 0;
  #failure: Error | null = null;
  #wake: () => void = () => {};

  get ended(): boolean {
    return this.#failure !== null;
  }

  drain(source: Readable): void {
    source.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      this.#wake();
    });
    source.on("error", (error) => this.end(error));
  }

  /** No more bytes will come; what was read already can still be taken. */
  end(reason: Error): void {
    this.#failure ??= reason;
    this.#wake();
  }

  /** @throws the reason of the end, when it comes before `count` bytes */
  async take(count: number): Promise<Buffer> {
    while (this.#length < count) {
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    this.#chunks = count < all.length ? [all.subarray(count)] : [];
    this.#length = all.length - count;
    return all.subarray(0, count);
  }

  /** What has come and was not taken. */
  rest(): Buffer {
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#length = 0;
    return all;
  }
}
