import fc from "fast-check";
import { beforeAll, describe, it } from "vitest";
import { appendToCache } from "../../../src/decoder/kvCache.ts";
import { defaultMemoryBytes, startBackend } from "../../../src/tensor/backend.ts";
import { anyArrivals, expectWritten } from "../../decoder/arrivals.ts";

describe("installWasmWriteSlot, without a system BLAS", () => {
  beforeAll(() => startBackend({ name: "wasm", memoryBytes: defaultMemoryBytes, tensorflowFolder: null, blas: "off" }));

  // ELSE a token attends to the cache as it was before: XNNPACK keeps packed copies of operands that it knows
  it("is read by products as it was written, token after token", () =>
    fc.assert(fc.asyncProperty(anyArrivals, (arrivals) => expectWritten(appendToCache, arrivals))));
});
