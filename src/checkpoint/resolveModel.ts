import { createHash } from "node:crypto";
import { join } from "node:path";
import { downloadFile, listFiles, modelInfo, type ListFileEntry } from "@huggingface/hub";
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
  if (!hubId.test(pathOrId))
    throw new ConfigError(`${pathOrId}: expected a model directory or a hub id (ORG/NAME), got neither`);
  const cached = await cachedSnapshot(hub.cacheDir, pathOrId);
  if (cached !== null) return cached;
  if (!hub.mayDownload)
    throw new ConfigError(
      `${pathOrId}: expected this model in ${hub.cacheDir}, got no whole copy, and downloads are off; allow them, or fetch it elsewhere and name its directory`,
    );
  try {
    return await expectWhole(await download(pathOrId, hub, onFile));
  } catch (cause) {
    throw new ArtifactError(
      `${pathOrId}: expected to download it from ${hub.url}, got ${String(cause)}; run again to resume, or name a local directory`,
      cause,
    );
  }
}

/** The ref is written last: before that the snapshot is not found, so an interrupted download is taken up again. */
async function download(
  modelId: string,
  hub: Hub,
  onFile: (done: number, total: number, path: string) => void,
): Promise<string> {
  const access = { hubUrl: hub.url, ...(hub.accessToken === null ? {} : { accessToken: hub.accessToken }) };
  const repo = { type: "model", name: modelId } as const;
  const { sha: revision } = await modelInfo({ name: modelId, revision: "main", additionalFields: ["sha"], ...access });
  const folder = repositoryFolder(hub.cacheDir, modelId);
  const entries: ListFileEntry[] = [];
  for await (const entry of listFiles({ repo, revision, ...access }))
    if (entry.type === "file" && wanted.test(entry.path)) entries.push(entry);
  for (const [i, entry] of entries.entries()) {
    onFile(i, entries.length, entry.path);
    const target = join(folder, "snapshots", revision, entry.path);
    if (await fileExists(target)) continue;
    const blob = await downloadFile({ repo, revision, path: entry.path, ...access });
    if (blob === null) throw new ArtifactError(`${modelId}: expected ${entry.path} on ${hub.url}, got none; run again`);
    await writeFileAtomic(target, verified(blob.stream(), entry));
  }
  await writeFileAtomic(join(folder, "refs", "main"), new TextEncoder().encode(revision));
  return join(folder, "snapshots", revision);
}

/** The bytes as they come; throws at their end, before the file gets its name, if they are not those that the hub lists. */
async function* verified(
  bytes: AsyncIterable<Uint8Array>,
  { path, size, lfs }: ListFileEntry,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    length += chunk.length;
    yield chunk;
  }
  const sha256 = hash.digest("hex");
  if (length !== size) throw new ArtifactError(`${path}: expected ${size} bytes from the hub, got ${length}`);
  if (lfs !== undefined && lfs.oid !== sha256)
    throw new ArtifactError(`${path}: expected sha256 ${lfs.oid} from the hub, got ${sha256}`);
}

async function expectWhole(dir: string): Promise<string> {
  if (await holdsWholeModel(dir)) return dir;
  throw new ArtifactError(
    `${dir}: expected config.json with model.safetensors or all of its shards (or a peft adapter), got a directory without; name another, or fetch the model again`,
  );
}
