import { Readable } from "node:stream";
import fc from "fast-check";
import { expect } from "vitest";
import { ByteQueue } from "../../src/sandbox/byteQueue.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { anyChunk, anyChunks, bytes, stream } from "./chunks.ts";

type Queue = new () => Pick<ByteQueue, "drain" | "end" | "take" | "rest">;

class WholeChunks extends ByteQueue {
  override async take(count: number): Promise<Buffer> {
    const taken = await super.take(count);
    return Buffer.concat([taken, this.rest()]);
  }
}
class DropsTheTail extends ByteQueue {
  override async take(count: number): Promise<Buffer> {
    const taken = await super.take(count);
    this.rest();
    return taken;
  }
}
class LastReason extends ByteQueue {
  #last: Error | null = null;
  override end(reason: Error): void {
    this.#last = reason;
    super.end(reason);
  }
  override take(count: number): Promise<Buffer> {
    return super.take(count).catch(() => Promise.reject(this.#last));
  }
}
/** A taker who waits is not woken by the end. */
class SleepsOn extends ByteQueue {
  #drained: Readable | null = null;
  override drain(source: Readable): void {
    this.#drained = source;
    super.drain(source);
  }
  override end(reason: Error): void {
    this.#drained!.once("close", () => super.end(reason));
  }
}

lawsOf<Queue>("ByteQueue", ByteQueue, (law) => {
  law("takes the stream: bytes in order in the counts asked for, whatever the chunks, come or to come", {
    else: "an answer of one job is read as another's",
    for: [anyChunks, fc.array(fc.nat({ max: 8 }), { maxLength: 8 }), fc.boolean()],
    holds: async (Queue, chunks, counts, early) => {
      const whole = Buffer.concat(chunks);
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
        expect(await queue.take(count).then((taken) => [...taken], String)).toEqual([
          ...whole.subarray(at, at + count),
        ]);
        at += count;
      }
      await fed;
      expect([...queue.rest()]).toEqual([...whole.subarray(at)]);
      source.destroy();
    },
    rejects: {
      "whole chunks for counts": [WholeChunks, stream, [2, 3, 1], true],
      "what follows thrown away": [DropsTheTail, stream, [2, 3, 1], true],
    },
  });

  law("ends with its first reason: what came is taken, more throws it, a waiting taker wakes", {
    else: "a job whose cage died is waited for for ever",
    for: [anyChunk, fc.integer({ min: 1, max: 9 })],
    holds: async (Queue, chunk, more) => {
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
    rejects: {
      "the last reason for the first": [LastReason, bytes(1, 2), 1],
      "a taker that sleeps on": [SleepsOn, bytes(1, 2), 1],
    },
    numRuns: 30,
  });
});
