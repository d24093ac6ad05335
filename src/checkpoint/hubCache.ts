import { join } from "node:path";
import { fileExists } from "../artifact/fileExists.ts";
import { readJson } from "../artifact/jsonFile.ts";
import { readText } from "../artifact/textFile.ts";

/** Where the hub's cache keeps a model: `models--ORG--NAME` with refs/, snapshots/COMMIT/ and blobs/. */
export function repositoryFolder(cacheDir: string, modelId: string): string {
  return join(cacheDir, `models--${modelId.replaceAll("/", "--")}`);
}

/**
 * The snapshot of a model in the local hub cache (its `main`), or null when it is not there whole.
 *
 * A download that was cut short leaves a snapshot without all of its files: that does not count.
 *
 * @see huggingface_hub, manage-cache guide
 */
export async function cachedSnapshot(cacheDir: string, modelId: string): Promise<string | null> {
  const folder = repositoryFolder(cacheDir, modelId);
  const ref = join(folder, "refs", "main");
  if (!(await fileExists(ref))) return null;
  const snapshot = join(folder, "snapshots", (await readText(ref)).trim());
  return (await holdsWholeModel(snapshot)) ? snapshot : null;
}

/** Whether a directory holds a model (all shards of it) or a peft adapter. */
export async function holdsWholeModel(dir: string): Promise<boolean> {
  const has = (name: string): Promise<boolean> => fileExists(join(dir, name));
  if (await has("adapter_config.json")) return has("adapter_model.safetensors");
  if (!(await has("config.json"))) return false;
  if (await has("model.safetensors")) return true;
  const index = "model.safetensors.index.json";
  if (!(await has(index))) return false;
  const { weight_map: weightMap } = (await readJson(join(dir, index))) as { weight_map?: Record<string, string> };
  const shards = [...new Set(Object.values(weightMap ?? {}))];
  return shards.length > 0 && (await Promise.all(shards.map(has))).every(Boolean);
}
