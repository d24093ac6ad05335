import fc from "fast-check";
import { expect } from "vitest";
import { chunksOf } from "../../src/numeric/chunksOf.ts";
import { endToEnd } from "../../src/numeric/endToEnd.ts";
import { lawsOf } from "../support/lawsOf.ts";

type Chunks = (items: readonly number[], size: number) => number[][];

lawsOf<Chunks>("chunksOf", chunksOf, (law) => {
  law("conserves items and their order; every piece is full but the last, and none is empty", {
    else: "a row is left out of a gradient, or a pass takes more memory than --batch allows",
    for: [fc.array(fc.nat(), { maxLength: 9 }), fc.integer({ min: 1, max: 5 })],
    holds: (chunks, items, size) => {
      const found = chunks(items, size);
      expect(found.flat()).toEqual(items);
      found.forEach((piece, i) =>
        expect(piece.length).toBe(i < found.length - 1 ? size : items.length - (found.length - 1) * size),
      );
      expect(found.every((piece) => piece.length > 0)).toBe(true);
    },
    rejects: {
      "the rest left out": [
        (items, size) => chunksOf(items, size).filter((piece) => piece.length === size),
        [1, 2, 3],
        2,
      ],
      "as many pieces as the size": [
        (items, size) => chunksOf(items, Math.ceil(items.length / size)),
        [1, 2, 3, 4, 5, 6],
        2,
      ],
      "an empty piece at the end": [(items, size) => [...chunksOf(items, size), []], [1, 2], 2],
    },
  });
});

lawsOf("endToEnd", endToEnd, (law) => {
  law("concatenates: part after part, nothing between", {
    for: [fc.array(fc.float32Array({ noNaN: true, maxLength: 3 }), { maxLength: 4 })],
    holds: (whole, parts) => expect([...whole(parts)]).toEqual(parts.flatMap((part) => [...part])),
    rejects: {
      "parts reversed": [(parts) => endToEnd(parts.toReversed()), [Float32Array.of(1), Float32Array.of(2, 3)]],
      "the first part alone": [(parts) => endToEnd(parts.slice(0, 1)), [Float32Array.of(1), Float32Array.of(2, 3)]],
    },
  });
});
