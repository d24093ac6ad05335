import { Readable } from "node:stream";
import { expect } from "vitest";
import type { ByteQueue } from "../../src/sandbox/byteQueue.ts";
import type { HeadBuffer } from "../../src/sandbox/headBuffer.ts";

export type Queue = new () => Pick<ByteQueue, "drain" | "end" | "take" | "rest">;
export type Head = new (limit: number, onOverflow: () => void) => Pick<HeadBuffer, "push" | "bytes">;

/** A stream hands bytes over in chunks that mean nothing. */
type Chunks = readonly Uint8Array[];
const joined = (chunks: Chunks): Buffer => Buffer.concat(chunks);

export const byteQueueLaws = {
  /** Taken in any counts, whether the bytes are there already or still to come: the stream's bytes in order, then the rest. */
  async takesTheStream(Queue: Queue, chunks: Chunks, counts: readonly number[], early: boolean): Promise<void> {
    const whole = joined(chunks);
    const source = new Readable({ read() {} });
    const queue = new Queue();
    queue.drain(source);
    const feed = async () => {
      for (const chunk of chunks) {
        source.push(chunk);
        await new Promise(setImmediate);
      }
      queue.end(new Error("the stream is over"));
    };
    if (early) await feed();
    const fed = early ? null : feed();
    let at = 0;
    for (const count of counts.filter(
      (_, i) => counts.slice(0, i + 1).reduce((sum, each) => sum + each, 0) <= whole.length,
    )) {
      expect(await queue.take(count).then((taken) => [...taken], String)).toEqual([...whole.subarray(at, at + count)]);
      at += count;
    }
    await fed;
    expect([...queue.rest()]).toEqual([...whole.subarray(at)]);
    source.destroy();
  },

  /** What came before the end can be taken; more than that is answered with the end's own reason, a waiting taker's too. */
  async endsWithItsReason(Queue: Queue, chunk: Uint8Array, more: number): Promise<void> {
    const source = new Readable({ read() {} });
    const queue = new Queue();
    queue.drain(source);
    source.push(Buffer.from(chunk));
    await new Promise(setImmediate);
    const [first, second] = [new Error("the first reason"), new Error("the second")];
    const waiting = queue.take(chunk.length + more).then(
      () => "taken",
      (reason: unknown) => reason,
    );
    queue.end(first);
    queue.end(second);
    const late = new Promise((resolve) => setTimeout(resolve, 200, "still waiting"));
    expect(await Promise.race([waiting, late])).toBe(first);
    expect([...(await queue.take(chunk.length))]).toEqual([...chunk]);
    await expect(queue.take(1)).rejects.toBe(first);
    source.destroy();
  },
};

export const headBufferLaws = {
  /** The first `limit` bytes however they were cut, and word of more iff there was more. Later changes of a chunk do not matter. */
  keepsTheHead(Head: Head, chunks: Chunks, limit: number): void {
    let overflows = 0;
    const head = new Head(limit, () => overflows++);
    const whole = joined(chunks);
    for (const chunk of chunks) {
      const lent = Buffer.from(chunk);
      head.push(lent);
      lent.fill(0xee);
    }
    expect([...head.bytes()]).toEqual([...whole.subarray(0, limit)]);
    expect(overflows > 0, "word of an overflow").toBe(whole.length > limit);
  },
};
