import type { Readable } from "node:stream";
import { describe, it } from "vitest";
import { ByteQueue } from "../../src/sandbox/byteQueue.ts";
import { HeadBuffer } from "../../src/sandbox/headBuffer.ts";
import { Slots } from "../../src/sandbox/slots.ts";
import { slotsLaws, type SlotsClass, type Task } from "../sandbox/slots.statements.ts";
import { byteQueueLaws, headBufferLaws } from "../sandbox/streams.statements.ts";
import { rejects } from "../support/rejects.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);
const stream = [bytes(1, 2, 3), bytes(4), bytes(5, 6, 7, 8)];

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

describe("teeth: ByteQueue", () => {
  it("the stream rejects: whole chunks for counts, what follows thrown away", async () => {
    for (const Wrong of [WholeChunks, DropsTheTail])
      await rejects(() => byteQueueLaws.takesTheStream(Wrong, stream, [2, 3, 1], true));
  });
  it("the end rejects: the last reason for the first, a taker that sleeps on", async () => {
    for (const Wrong of [LastReason, SleepsOn])
      await rejects(() => byteQueueLaws.endsWithItsReason(Wrong, bytes(1, 2), 1));
  });
});

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

describe("teeth: HeadBuffer", () => {
  it("the head rejects: a chunk that does not fit left out, chunks kept as they were lent, the tail", async () => {
    for (const Wrong of [CutsChunks, KeepsTheLoan, Tail])
      await rejects(() => headBufferLaws.keepsTheHead(Wrong, stream, 5));
  });
  it("word of more rejects: said of a head that is just full", () =>
    rejects(() => headBufferLaws.keepsTheHead(SaysSoWhenFull, stream, 8)));
});

const tasks: Task[] = [
  { turns: 1, fails: true },
  { turns: 3, fails: false },
  { turns: 1, fails: false },
  { turns: 2, fails: true },
  { turns: 1, fails: false },
];
class OneMore extends Slots {
  constructor(count: number) {
    super(count + 1);
  }
}
/** The failed keep their slot. */
class LosesSlots extends Slots {
  override run<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((done, failed) => {
      super.run(() => task().then(done, (failure) => (failed(failure), new Promise<never>(() => {})))).catch(failed);
    });
  }
}
class OneByOne extends Slots {
  constructor() {
    super(1);
  }
}
/** Whoever gets a slot runs the task that came last. */
class LastComeFirst extends Slots {
  readonly #waiting: (() => Promise<void>)[] = [];
  override run<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((done, failed) => {
      this.#waiting.push(() => task().then(done, failed));
      void super.run(() => this.#waiting.pop()!());
    });
  }
}

describe("teeth: Slots", () => {
  it("at most count, in order rejects: one more, one by one, slots lost with failures, the last come first", async () => {
    for (const Wrong of [OneMore, OneByOne, LosesSlots, LastComeFirst] satisfies SlotsClass[])
      await rejects(() => slotsLaws.runsAtMost(Wrong, 2, tasks));
  });
});
