import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { ConfigError } from "../errors.ts";
import { installBlasBatchMatMul } from "./wasm/blasBatchMatMul.ts";
import { boundBufferPool } from "./webgpu/boundBufferPool.ts";
import { guardAllocations } from "./guardAllocations.ts";
import { guardWasmHeap, MemoryBudget } from "./memoryBudget.ts";
import { findSystemBlas } from "./wasm/systemBlas.ts";
import { expectWasmBackend } from "./wasm/wasmBackend.ts";
import { installWasmBatchMatMul } from "./wasm/wasmBatchMatMul.ts";
import { installWasmGather } from "./wasm/wasmGather.ts";
import { installWasmSlice } from "./wasm/wasmSlice.ts";
import { installWasmWriteSlot } from "./wasm/wasmWriteSlot.ts";
import { shareScalars } from "./webgpu/shareScalars.ts";
import { expectWebGpuBackend, type WebGpuBackend } from "./webgpu/webgpuBackend.ts";
import { provideWebGpu } from "./webgpu/webgpuDevice.ts";

export const backendNames = ["wasm", "cpu", "webgpu", "tensorflow"] as const;
export type BackendName = (typeof backendNames)[number];

export interface BackendChoice {
  readonly name: BackendName;
  /** bytes that tensors may hold at once */
  readonly memoryBytes: number;
  /** folder whose node_modules holds @tensorflow/tfjs-node-gpu or tfjs-node; `tensorflow` only */
  readonly tensorflowFolder: string | null;
  /** "off": XNNPACK even where a system BLAS is found, so that results have the same bytes on every machine; wasm only */
  readonly blas?: "off";
}

export const defaultMemoryBytes = 3 * 2 ** 30;

const started = new Map<BackendName, MemoryBudget>();

/**
 * Register and select a tf.js backend. The only place where backends are imported.
 *
 * @throws ConfigError when the backend cannot run here, saying what it needs
 */
export async function startBackend(choice: BackendChoice): Promise<MemoryBudget> {
  const known = started.get(choice.name);
  if (known !== undefined) {
    await tf.setBackend(choice.name);
    return known;
  }
  // PROD: no advertisement on stderr; tf.js checks nothing less for it
  tf.env().set("PROD", true);
  const budget = new MemoryBudget(choice.memoryBytes);
  await registration[choice.name](choice);
  if (!(await tf.setBackend(choice.name)))
    throw new ConfigError(`--backend ${choice.name}: expected it to start, got a refusal from tf.js`);
  await tf.ready();
  if (choice.name === "wasm") {
    const backend = expectWasmBackend(tf.backend());
    guardWasmHeap(backend, budget);
    installWasmBatchMatMul(backend);
    installWasmSlice(backend);
    installWasmGather(backend);
    installWasmWriteSlot(backend);
    const blas = choice.blas === "off" ? null : await findSystemBlas();
    if (blas !== null) installBlasBatchMatMul(backend, blas);
  } else {
    guardAllocations(tf.backend(), budget);
  }
  if (choice.name === "webgpu") tuneWebGpu(expectWebGpuBackend(tf.backend()));
  started.set(choice.name, budget);
  return budget;
}

function tuneWebGpu(backend: WebGpuBackend): void {
  shareScalars(backend);
  boundBufferPool(backend);
  // for some small products tf.js adds parts atomically, in whatever order they end: never choose that kernel
  tf.env().set("WEBGPU_THRESHOLD_TO_INCREASE_WORKGROUPS_FOR_MATMUL", 0.1);
}

const registration: Record<BackendName, (choice: BackendChoice) => Promise<void>> = {
  wasm: async () => {
    await import("@tensorflow/tfjs-backend-wasm");
  },
  cpu: async () => {
    await import("@tensorflow/tfjs-backend-cpu");
  },
  webgpu: async () => {
    await provideWebGpu();
    await import("@tensorflow/tfjs-backend-webgpu");
  },
  tensorflow: async ({ tensorflowFolder }) => {
    if (tensorflowFolder === null)
      throw new ConfigError(
        "--backend tensorflow: expected --tensorflow-folder DIR, a folder where tfjs-node or tfjs-node-gpu is installed",
      );
    loadTensorflow(tensorflowFolder);
  },
};

function loadTensorflow(folder: string): void {
  const require = createRequire(join(resolve(folder), "package.json"));
  const failures: unknown[] = [];
  for (const name of ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"]) {
    try {
      require(name);
      return;
    } catch (failure) {
      failures.push(failure);
    }
  }
  throw new ConfigError(
    `--tensorflow-folder ${folder}: expected a working @tensorflow/tfjs-node-gpu or tfjs-node, got neither; ` +
      "see docs/the-real-model.md for how to build the binding",
    new AggregateError(failures),
  );
}
