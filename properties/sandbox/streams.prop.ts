import fc from "fast-check";
import { describe, it } from "vitest";
import { ByteQueue } from "../../src/sandbox/byteQueue.ts";
import { HeadBuffer } from "../../src/sandbox/headBuffer.ts";
import { byteQueueLaws, headBufferLaws } from "./streams.statements.ts";

const chunk = fc.uint8Array({ minLength: 1, maxLength: 6 });
const chunks = fc.array(chunk, { maxLength: 6 });
const counts = fc.array(fc.nat({ max: 8 }), { maxLength: 8 });

describe("ByteQueue", () => {
  // ELSE an answer of one job is read as another's
  it("takes the stream: bytes in order in the counts asked for, whatever the chunks, come or to come", () =>
    fc.assert(
      fc.asyncProperty(chunks, counts, fc.boolean(), (drawn, asked, early) =>
        byteQueueLaws.takesTheStream(ByteQueue, drawn, asked, early),
      ),
    ));

  // ELSE a job whose cage died is waited for for ever
  it("ends with its first reason: what came is taken, more throws it, a waiting taker wakes", () =>
    fc.assert(
      fc.asyncProperty(chunk, fc.integer({ min: 1, max: 9 }), (drawn, more) =>
        byteQueueLaws.endsWithItsReason(ByteQueue, drawn, more),
      ),
      { numRuns: 30 },
    ));
});

describe("HeadBuffer", () => {
  // ELSE a flood of output fills the memory, or pushes the marker out that the grade looks for
  it("keeps the head: the first limit bytes, however cut; reports more iff there was more", () =>
    fc.assert(
      fc.property(chunks, fc.nat({ max: 20 }), (drawn, limit) => headBufferLaws.keepsTheHead(HeadBuffer, drawn, limit)),
    ));
});
