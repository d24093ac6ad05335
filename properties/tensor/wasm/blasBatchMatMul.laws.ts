import { defaultMemoryBytes } from "../../../src/tensor/backend.ts";
import { describe } from "vitest";
import { findSystemBlas } from "../../../src/tensor/wasm/systemBlas.ts";
import { lawsOfMatMul } from "./lawsOfMatMul.ts";

const withBlas = { name: "wasm", memoryBytes: defaultMemoryBytes, tensorflowFolder: null } as const;
const state = (): void => lawsOfMatMul("installBlasBatchMatMul", withBlas);

if (process.env["VITEST"] === undefined) state();
else {
  const blas = await findSystemBlas();
  if (blas === null) console.warn("no system BLAS here: installBlasBatchMatMul not run (Debian: libopenblas0-pthread)");
  describe.skipIf(blas === null)("with a system BLAS", state);
}
