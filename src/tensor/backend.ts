import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { ConfigError } from "../errors.ts";
import { installBlasBatchMatMul } from "./wasm/blasBatchMatMul.ts";
import { startCuda, type CudaChoice } from "./cuda/startCuda.ts";
import { boundBufferPool } from "./webgpu/boundBufferPool.ts";
import { guardAllocations } from "./guardAllocations.ts";
import { guardWasmHeap, MemoryBudget, setBudget } from "./memoryBudget.ts";
import { findSystemBlas } from "./wasm/systemBlas.ts";
import { expectWasmBackend } from "./wasm/wasmBackend.ts";
import { installWasmBatchMatMul } from "./wasm/wasmBatchMatMul.ts";
import { installWasmGather } from "./wasm/wasmGather.ts";
import { installWasmReductions } from "./wasm/wasmReductions.ts";
import { installWasmSlice } from "./wasm/wasmSlice.ts";
import { installWasmWriteSlot } from "./wasm/wasmWriteSlot.ts";
import { shareScalars } from "./webgpu/shareScalars.ts";
import { expectWebGpuBackend } from "./webgpu/webgpuBackend.ts";
import { installWebGpuReductions } from "./webgpu/webgpuReductions.ts";
import { provideWebGpu } from "./webgpu/webgpuDevice.ts";

export type BackendName = "wasm" | "cpu" | "webgpu" | "cuda" | "tensorflow";

export interface BackendChoice {
  readonly name: BackendName;
  /** bytes that tensors may hold at once */
  readonly memoryBytes: number;
  /** folder whose node_modules holds @tensorflow/tfjs-node-gpu or tfjs-node; `tensorflow` only */
  readonly tensorflowFolder: string | null;
  /** "off": XNNPACK even where a system BLAS is found, so that results have the same bytes on every machine; wasm only */
  readonly blas?: "off";
  /** `cuda` only, and needed there */
  readonly cuda?: CudaChoice;
}

export const defaultMemoryBytes = 3 * 2 ** 30;

/** All that the program knows of one backend. */
interface Backend {
  /** @throws ConfigError when it cannot run here */
  register(choice: BackendChoice, budget: MemoryBudget): Promise<void>;
  /** puts the budget before its allocations and our kernels in place; called once it is selected */
  tune(budget: MemoryBudget, choice: BackendChoice): Promise<void> | void;
  /** most bytes that one chunk of a result that is never held whole may take, such as logits */
  readonly chunkBytes: number;
}

const backends: Record<BackendName, Backend> = {
  wasm: {
    async register() {
      await import("@tensorflow/tfjs-backend-wasm");
    },
    tune: tuneWasm,
    chunkBytes: 64 * 2 ** 20,
  },
  cpu: {
    async register() {
      await import("@tensorflow/tfjs-backend-cpu");
    },
    tune: (budget) => guardAllocations(tf.backend(), budget),
    chunkBytes: 64 * 2 ** 20,
  },
  webgpu: {
    async register() {
      await provideWebGpu();
      await import("@tensorflow/tfjs-backend-webgpu");
    },
    tune: tuneWebGpu,
    // products of 110 rows with Qwen3's vocabulary cost up to 2.7 times as much per row as those of 440
    chunkBytes: 256 * 2 ** 20,
  },
  cuda: {
    async register({ cuda }, budget) {
      if (cuda === undefined) throw new ConfigError("--backend cuda: expected a precision and where its libraries are");
      await startCuda(cuda, budget);
    },
    tune: () => undefined,
    chunkBytes: 2 ** 30,
  },
  tensorflow: {
    async register({ tensorflowFolder }) {
      if (tensorflowFolder === null)
        throw new ConfigError(
          "--backend tensorflow: expected --tensorflow-folder DIR, a folder where tfjs-node or tfjs-node-gpu is installed",
        );
      loadTensorflow(tensorflowFolder);
    },
    tune: (budget) => guardAllocations(tf.backend(), budget),
    chunkBytes: 64 * 2 ** 20,
  },
};

export const backendNames = Object.keys(backends) as readonly BackendName[];

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
  const backend = backends[choice.name];
  await backend.register(choice, budget);
  if (!(await tf.setBackend(choice.name)))
    throw new ConfigError(`--backend ${choice.name}: expected it to start, got a refusal from tf.js`);
  await tf.ready();
  await backend.tune(budget, choice);
  setBudget(tf.backend(), budget);
  started.set(choice.name, budget);
  return budget;
}

/** Most bytes that one chunk of a result that is never held whole may take on the backend in use. */
export function chunkBytes(): number {
  return backends[tf.getBackend() as BackendName].chunkBytes;
}

async function tuneWasm(budget: MemoryBudget, { blas }: BackendChoice): Promise<void> {
  const backend = expectWasmBackend(tf.backend());
  guardWasmHeap(backend, budget);
  installWasmBatchMatMul(backend);
  installWasmSlice(backend);
  installWasmGather(backend);
  installWasmReductions(backend);
  installWasmWriteSlot(backend);
  const systemBlas = blas === "off" ? null : await findSystemBlas();
  if (systemBlas !== null) installBlasBatchMatMul(backend, systemBlas);
}

function tuneWebGpu(budget: MemoryBudget): void {
  guardAllocations(tf.backend(), budget);
  const backend = expectWebGpuBackend(tf.backend());
  shareScalars(backend);
  boundBufferPool(backend);
  installWebGpuReductions(tf.backend());
  // for some small products tf.js adds parts atomically, in whatever order they end: never choose that kernel
  tf.env().set("WEBGPU_THRESHOLD_TO_INCREASE_WORKGROUPS_FOR_MATMUL", 0.1);
}

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
