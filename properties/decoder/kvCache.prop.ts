import fc from "fast-check";
import { describe, it } from "vitest";
import { appendToCache } from "../../src/decoder/kvCache.ts";
import { forEachBackend } from "../support/backends.ts";
import { anyArrivals, kvCacheLaws } from "./kvCache.statements.ts";

// wasm writes in place, the others add
forEachBackend(() =>
  describe("appendToCache", () => {
    // ELSE a row attends to another row's token, or to none
    it("writes each row's vectors at its own place and nothing else: any shape and order, rows that have ended", () =>
      fc.assert(fc.asyncProperty(anyArrivals, (arrivals) => kvCacheLaws.writesWhereToldTo(appendToCache, arrivals))));
  }),
);
