import fc from "fast-check";
import { expect } from "vitest";
import { HeadBuffer } from "../../src/sandbox/headBuffer.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { anyChunks, stream } from "./chunks.ts";

class CutsChunks extends HeadBuffer {
  #length = 0;
  override push(chunk: Buffer): void {
    if (this.#length + chunk.length <= 5) super.push(chunk);
    this.#length += chunk.length;
  }
}
class KeepsTheLoan extends HeadBuffer {
  #first: Buffer | null = null;
  override push(chunk: Buffer): void {
    this.#first ??= chunk;
    super.push(chunk);
  }
  override bytes(): Uint8Array {
    return Buffer.concat([this.#first!, super.bytes().subarray(this.#first!.length)]);
  }
}
class SaysSoWhenFull extends HeadBuffer {
  readonly #full: () => void;
  readonly #limit: number;
  constructor(limit: number, onOverflow: () => void) {
    super(limit, onOverflow);
    this.#full = onOverflow;
    this.#limit = limit;
  }
  override push(chunk: Buffer): void {
    super.push(chunk);
    if (this.bytes().length === this.#limit) this.#full();
  }
}
class Tail extends HeadBuffer {
  #last: Buffer = Buffer.alloc(0);
  override push(chunk: Buffer): void {
    super.push(chunk);
    this.#last = Buffer.concat([this.#last, chunk]).subarray(-5);
  }
  override bytes(): Uint8Array {
    return this.#last;
  }
}

type Head = new (limit: number, onOverflow: () => void) => Pick<HeadBuffer, "push" | "bytes">;

lawsOf<Head>("HeadBuffer", HeadBuffer, (law) => {
  law("keeps the head: the first limit bytes, however cut; reports more iff there was more", {
    else: "a flood of output fills the memory, or pushes the marker out that the grade looks for",
    for: [anyChunks, fc.nat({ max: 20 })],
    // later changes of a chunk do not matter
    holds: (Head, chunks, limit) => {
      let overflows = 0;
      const head = new Head(limit, () => overflows++);
      const whole = Buffer.concat(chunks);
      for (const chunk of chunks) {
        const lent = Buffer.from(chunk);
        head.push(lent);
        lent.fill(0xee);
      }
      expect([...head.bytes()]).toEqual([...whole.subarray(0, limit)]);
      expect(overflows > 0, "word of an overflow").toBe(whole.length > limit);
    },
    rejects: {
      "a chunk that does not fit left out": [CutsChunks, stream, 5],
      "chunks kept as they were lent": [KeepsTheLoan, stream, 5],
      "the tail": [Tail, stream, 5],
      "said of a head that is just full": [SaysSoWhenFull, stream, 8],
    },
  });
});
