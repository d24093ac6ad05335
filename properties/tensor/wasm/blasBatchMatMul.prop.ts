import { describe } from "vitest";
import { defaultMemoryBytes } from "../../../src/tensor/backend.ts";
import { findSystemBlas } from "../../../src/tensor/wasm/systemBlas.ts";
import { obeysTheProductLaws } from "./matMulSuite.ts";

const blas = await findSystemBlas();
if (blas === null) console.warn("no system BLAS here: installBlasBatchMatMul not run (Debian: libopenblas0-pthread)");

describe.skipIf(blas === null)("installBlasBatchMatMul", () => {
  obeysTheProductLaws({ name: "wasm", memoryBytes: defaultMemoryBytes, tensorflowFolder: null });
});
