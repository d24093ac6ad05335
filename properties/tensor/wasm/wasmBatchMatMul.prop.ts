import { describe } from "vitest";
import { defaultMemoryBytes } from "../../../src/tensor/backend.ts";
import { obeysTheProductLaws } from "./matMulSuite.ts";

describe("installWasmBatchMatMul", () => {
  obeysTheProductLaws({ name: "wasm", memoryBytes: defaultMemoryBytes, tensorflowFolder: null, blas: "off" });
});
