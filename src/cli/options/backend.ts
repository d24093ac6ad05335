import { Option, type Command } from "commander";
import { backendNames, defaultMemoryBytes, startBackend, type BackendName } from "../../tensor/backend.ts";
import { positive } from "./numbers.ts";

/** What multiplies, and how much memory it may take. */
export interface BackendOptions {
  readonly backend: BackendName;
  readonly memoryGib: number;
  readonly blas: boolean;
  readonly tensorflowFolder?: string;
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
    );
}

/** Start the chosen backend and return its memory budget. */
export function startChosenBackend({ backend, memoryGib, tensorflowFolder, blas }: BackendOptions) {
  const choice = { name: backend, memoryBytes: memoryGib * 2 ** 30, tensorflowFolder: tensorflowFolder ?? null };
  return startBackend(blas ? choice : { ...choice, blas: "off" });
}
