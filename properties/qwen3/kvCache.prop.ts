import fc from "fast-check";
import { describe, it } from "vitest";
import { appendToCache } from "../../src/qwen3/kvCache.ts";
import { forEachBackend } from "../support/backends.ts";
import { kvCacheLaws, type Arrivals } from "./kvCache.laws.ts";

const size = fc.integer({ min: 1, max: 4 });

/** Up to as many tokens as there are places, each row's at places of its own. */
const anyArrivals: fc.Arbitrary<Arrivals> = fc.record({ B: size, H: size, Dh: size, C: size }).chain((shape) =>
  fc.array(fc.uniqueArray(fc.integer({ min: 0, max: shape.C - 1 }), { minLength: shape.C, maxLength: shape.C }), { minLength: shape.B, maxLength: shape.B }).chain((orders) =>
    fc.array(fc.array(fc.boolean(), { minLength: shape.B, maxLength: shape.B }), { maxLength: shape.C }).map((tokens) => ({
      ...shape,
      places: tokens.map((written, token) => written.map((isWritten, b) => (isWritten ? orders[b]![token]! : -1))),
    })),
  ),
);

// wasm writes in place, the others add
forEachBackend(() =>
  describe("appendToCache", () => {
    // ELSE a row attends to another row's token, or to none
    it("writes each row's vectors at its own place and nothing else: any shape and order, rows that have ended", () =>
      fc.assert(fc.asyncProperty(anyArrivals, (arrivals) => kvCacheLaws.writesWhereToldTo(appendToCache, arrivals))));
  }),
);
