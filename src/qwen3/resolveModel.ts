import { join } from "node:path";
import { downloadFileToCacheDir, listFiles, modelInfo } from "@huggingface/hub";
import { writeFileAtomic } from "../artifact/atomicFile.ts";
import { fileExists } from "../artifact/fileExists.ts";
import { ArtifactError, ConfigError } from "../errors.ts";
import { cachedSnapshot, holdsWholeModel, repositoryFolder } from "./hubCache.ts";

/** How the Hugging Face hub may be used. */
export interface Hub {
  readonly cacheDir: string; // $HF_HOME/hub
  readonly url: string; // https://huggingface.co
  readonly accessToken: string | null;
  readonly mayDownload: boolean;
}

/** Organisation and name, as the hub spells them. */
const hubId = /^[\w][\w.-]*\/[\w][\w.-]*$/;
/** What a model or adapter directory is read from; other formats of the same weights stay where they are. */
const wanted = /^[^/]+\.(json|safetensors|jinja|txt)$/;

/**
 * The directory of a model or adapter: a local path, a hub id in the local cache, or a hub id that is downloaded.
 *
 * @param onFile  called before each file of a download: how many are done, of how many, and which comes
 * @throws ConfigError    neither a directory nor a hub id, or a hub id that may not be downloaded
 * @throws ArtifactError  a local directory without a whole model, or a download that failed (it resumes by file)
 */
export async function resolveModel(
  pathOrId: string,
  hub: Hub,
  onFile: (done: number, total: number, path: string) => void,
): Promise<string> {
  if (await fileExists(pathOrId)) return expectWhole(pathOrId);
  if (!hubId.test(pathOrId)) throw new ConfigError(`${pathOrId}: expected a model directory or a hub id (ORG/NAME), got neither`);
  const cached = await cachedSnapshot(hub.cacheDir, pathOrId);
  if (cached !== null) return cached;
  if (!hub.mayDownload)
    throw new ConfigError(`${pathOrId}: expected this model in ${hub.cacheDir}, got no whole copy, and downloads are off; allow them, or fetch it elsewhere and name its directory`);
  try {
    return expectWhole(await download(pathOrId, hub, onFile));
  } catch (cause) {
    if (cause instanceof ArtifactError) throw cause;
    throw new ArtifactError(`${pathOrId}: expected to download it from ${hub.url}, got ${String(cause)}; run again to resume, or name a local directory`, cause);
  }
}

/** The ref is written last: before that the snapshot is not found, so an interrupted download is taken up again. */
async function download(modelId: string, hub: Hub, onFile: (done: number, total: number, path: string) => void): Promise<string> {
  const credentials = hub.accessToken === null ? {} : { accessToken: hub.accessToken };
  const repo = { type: "model", name: modelId } as const;
  const { sha } = await modelInfo({ name: modelId, revision: "main", additionalFields: ["sha"], hubUrl: hub.url, ...credentials });
  const paths: string[] = [];
  for await (const entry of listFiles({ repo, revision: sha, hubUrl: hub.url, ...credentials }))
    if (entry.type === "file" && wanted.test(entry.path)) paths.push(entry.path);
  for (const [i, path] of paths.entries()) {
    onFile(i, paths.length, path);
    await downloadFileToCacheDir({ repo, path, revision: sha, cacheDir: hub.cacheDir, hubUrl: hub.url, ...credentials });
  }
  const folder = repositoryFolder(hub.cacheDir, modelId);
  await writeFileAtomic(join(folder, "refs", "main"), new TextEncoder().encode(sha));
  return join(folder, "snapshots", sha);
}

async function expectWhole(dir: string): Promise<string> {
  if (await holdsWholeModel(dir)) return dir;
  throw new ArtifactError(`${dir}: expected config.json with model.safetensors or all of its shards (or a peft adapter), got a directory without; name another, or fetch the model again`);
}
