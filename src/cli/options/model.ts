import { homedir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { resolveModel } from "../../checkpoint/resolveModel.ts";
import type { Progress } from "../../probe/progress.ts";
import { withBackend, type BackendOptions } from "./backend.ts";
import { miniaturePath } from "./miniature.ts";

/** Which model, and on what it runs. */
export interface ModelOptions extends BackendOptions {
  readonly model: string;
  readonly offline?: true;
  readonly beyondPositions?: true;
}

export function withModel(command: Command): Command {
  return withBackend(command)
    .option("--model <dir|hub id>", "Qwen3 student in Hugging Face form", miniaturePath("student"))
    .option("--offline", "never download; only local folders and the Hugging Face cache")
    .option("--beyond-positions", "allow rows longer than max_position_embeddings of the model; the manifests say so");
}

/** What manifests say of a run that may pass the model's positions; nothing of any other. */
export function positionsRecord({ beyondPositions }: Pick<ModelOptions, "beyondPositions">): {
  beyondPositions?: true;
} {
  return beyondPositions ? { beyondPositions } : {};
}

/** A model or adapter named on the command line, as a local directory. */
export function resolveDir(pathOrId: string, { offline }: Pick<ModelOptions, "offline">, progress: Progress) {
  const hub = {
    cacheDir:
      process.env["HF_HUB_CACHE"] ?? join(process.env["HF_HOME"] ?? join(homedir(), ".cache", "huggingface"), "hub"),
    url: process.env["HF_ENDPOINT"] ?? "https://huggingface.co",
    accessToken: process.env["HF_TOKEN"] ?? null,
    mayDownload: !offline && process.env["HF_HUB_OFFLINE"] !== "1",
  };
  return resolveModel(pathOrId, hub, (done, total, path) => progress.note(`${pathOrId}: ${done + 1}/${total} ${path}`));
}
