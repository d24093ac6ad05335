import { homedir } from "node:os";
import { join } from "node:path";
import { resolveModel } from "../../checkpoint/resolveModel.ts";
import type { Progress } from "../../probe/progress.ts";

/** A model or adapter named on the command line, as a local directory. */
export function resolveDir(pathOrId: string, offline: boolean, progress: Progress): Promise<string> {
  const hub = {
    cacheDir:
      process.env["HF_HUB_CACHE"] ?? join(process.env["HF_HOME"] ?? join(homedir(), ".cache", "huggingface"), "hub"),
    url: process.env["HF_ENDPOINT"] ?? "https://huggingface.co",
    accessToken: process.env["HF_TOKEN"] ?? null,
    mayDownload: !offline && process.env["HF_HUB_OFFLINE"] !== "1",
  };
  return resolveModel(pathOrId, hub, (done, total, path) => progress.note(`${pathOrId}: ${done + 1}/${total} ${path}`));
}
