import { defaultMemoryBytes } from "../../../src/tensor/backend.ts";
import { lawsOfMatMul } from "./lawsOfMatMul.ts";

const withoutBlas = { name: "wasm", memoryBytes: defaultMemoryBytes, tensorflowFolder: null, blas: "off" } as const;
lawsOfMatMul("installWasmBatchMatMul", withoutBlas);
