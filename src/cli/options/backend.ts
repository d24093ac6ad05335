import { join } from "node:path";
import { Option, type Command } from "commander";
import { backendNames, defaultMemoryBytes, startBackend, type BackendName } from "../../tensor/backend.ts";
import { defaultCache } from "./cache.ts";
import { positive } from "./numbers.ts";

/** What multiplies, and how much memory it may take. */
export interface BackendOptions {
  readonly backend: BackendName;
  readonly memoryGib: number;
  readonly blas: boolean;
  readonly tensorflowFolder?: string;
  readonly precision: "bfloat16" | "float32";
  readonly cudaLibraries?: string;
}

export function withBackend(command: Command): Command {
  return command
    .addOption(new Option("--backend <name>", "tensor backend").choices([...backendNames]).default("wasm"))
    .option(
      "--no-blas",
      "wasm only: multiply with XNNPACK even where the system has a BLAS (slower; the same bytes on every machine)",
    )
    .option("--memory-gib <n>", "tensor memory budget, GiB", positive, defaultMemoryBytes / 2 ** 30)
    .option(
      "--tensorflow-folder <dir>",
      "folder where @tensorflow/tfjs-node-gpu or tfjs-node is installed (--backend tensorflow)",
    )
    .addOption(
      new Option("--precision <name>", "cuda only: operands of matrix products; sums, gradients and logps are float32")
        .choices(["bfloat16", "float32"])
        .default("bfloat16"),
    )
    .option("--cuda-libraries <dir>", "cuda only: a CUDA toolkit, or a Python environment that holds PyTorch for CUDA");
}

/** Start the chosen backend and return its memory budget. */
export function startChosenBackend(options: BackendOptions) {
  const { backend, memoryGib, tensorflowFolder, blas, precision, cudaLibraries } = options;
  const cuda = {
    precision,
    places: { folder: cudaLibraries ?? null, environment: process.env },
    cacheFolder: join(defaultCache, "kernels"),
  };
  const choice = { name: backend, memoryBytes: memoryGib * 2 ** 30, tensorflowFolder: tensorflowFolder ?? null, cuda };
  return startBackend(blas ? choice : { ...choice, blas: "off" });
}
