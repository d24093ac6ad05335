import { join } from "node:path";
import { fileExists } from "../artifact/fileExists.ts";
import { readJson, readJsonIfPresent } from "../artifact/jsonFile.ts";
import { openSafetensors, type SafetensorsFile } from "../artifact/safetensors.ts";
import { ArtifactError, ConfigError } from "../errors.ts";
import { parseQwen3Config, type Qwen3Config } from "./config.ts";
import { tensorShapes } from "./tensorShapes.ts";

/** An open Qwen3 checkpoint in Hugging Face form; tensors are read one at a time, by their names on disk. */
export class Checkpoint {
  readonly dir: string;
  readonly config: Qwen3Config;
  /** The tensors that the config implies, in checkpoint order. */
  readonly tensorNames: readonly string[];
  readonly #fileOf: ReadonlyMap<string, SafetensorsFile>;

  constructor(
    dir: string,
    config: Qwen3Config,
    tensorNames: readonly string[],
    fileOf: ReadonlyMap<string, SafetensorsFile>,
  ) {
    this.dir = dir;
    this.config = config;
    this.tensorNames = tensorNames;
    this.#fileOf = fileOf;
  }

  /** @throws ArtifactError  there is no such tensor */
  shape(name: string): readonly number[] {
    return this.#file(name).info(name).shape;
  }

  /** The tensor in float32, row-major. @throws ArtifactError  there is no such tensor, or it holds integers */
  read(name: string): Promise<Float32Array> {
    return this.#file(name).readFloat32(name);
  }

  async close(): Promise<void> {
    await closeAll(this.#fileOf.values());
  }

  #file(name: string): SafetensorsFile {
    const file = this.#fileOf.get(name);
    if (file !== undefined) return file;
    throw new ArtifactError(
      `${this.dir}: expected a tensor ${name}, got none of that name; names are those of the checkpoint, such as ${this.tensorNames[0]}`,
    );
  }
}

/**
 * Open a checkpoint directory: config.json, generation_config.json where there is one, and one or several safetensors.
 *
 * Checked: every tensor that the config implies is there with the shape that it implies, and no other is (but a copy of
 * tied embeddings, which transformers ignores too).
 *
 * @throws ConfigError    the configuration is refused, or config and tensors disagree
 * @throws ArtifactError  a file is missing, cut short or foreign
 */
export async function openCheckpoint(dir: string): Promise<Checkpoint> {
  const where = join(dir, "config.json");
  const config = parseQwen3Config(
    await readJson(where),
    await readJsonIfPresent(join(dir, "generation_config.json")),
    where,
  );
  const fileOf = await openWeights(dir);
  try {
    const shapes = tensorShapes(config);
    for (const [name, shape] of shapes) expectTensor(dir, name, shape, fileOf.get(name));
    expectNoOther(dir, shapes, fileOf, config);
    return new Checkpoint(dir, config, [...shapes.keys()], fileOf);
  } catch (cause) {
    await closeAll(fileOf.values());
    throw cause;
  }
}

function expectTensor(dir: string, name: string, shape: readonly number[], file: SafetensorsFile | undefined): void {
  const expected = `${dir}: expected tensor ${name} [${shape.join(", ")}], as config.json implies`;
  if (file === undefined) throw new ConfigError(`${expected}, got none; config and weights are not of one model`);
  const found = file.info(name).shape;
  if (found.length !== shape.length || found.some((size, axis) => size !== shape[axis]))
    throw new ConfigError(
      `${expected}, got [${found.join(", ")}] in ${file.path}; config and weights are not of one model`,
    );
}

function expectNoOther(
  dir: string,
  shapes: ReadonlyMap<string, unknown>,
  fileOf: ReadonlyMap<string, unknown>,
  config: Qwen3Config,
): void {
  for (const name of fileOf.keys()) {
    const copyOfTied = config.tieWordEmbeddings && name === "lm_head.weight";
    if (!shapes.has(name) && !copyOfTied)
      throw new ConfigError(
        `${dir}: expected the ${shapes.size} tensors that config.json implies, got ${name} beside them; it would be ignored`,
      );
  }
}

async function openWeights(dir: string): Promise<Map<string, SafetensorsFile>> {
  const single = join(dir, "model.safetensors");
  if (await fileExists(single)) {
    const file = await openSafetensors(single);
    return new Map(file.names.map((name) => [name, file]));
  }
  const indexPath = `${single}.index.json`;
  if (await fileExists(indexPath)) return openShards(dir, indexPath);
  throw new ArtifactError(
    `${dir}: expected model.safetensors or model.safetensors.index.json, got neither; convert other formats with save_pretrained(safe_serialization=True)`,
  );
}

async function openShards(dir: string, indexPath: string): Promise<Map<string, SafetensorsFile>> {
  const weightMap = parseWeightMap(await readJson(indexPath), indexPath);
  const files = new Map<string, SafetensorsFile>();
  try {
    for (const shard of new Set(weightMap.values())) files.set(shard, await openSafetensors(join(dir, shard)));
    for (const [name, shard] of weightMap)
      if (!files.get(shard)!.has(name))
        throw new ArtifactError(
          `${indexPath}: expected tensor ${name} in ${shard}, got none there; fetch the model again`,
        );
    return new Map([...weightMap].map(([name, shard]) => [name, files.get(shard)!]));
  } catch (cause) {
    await closeAll(files.values());
    throw cause;
  }
}

/** A shard is a plain file name: an index must not lead out of its directory. */
function parseWeightMap(index: unknown, path: string): Map<string, string> {
  const raw: unknown =
    typeof index === "object" && index !== null && "weight_map" in index ? index.weight_map : undefined;
  if (typeof raw !== "object" || raw === null)
    throw new ArtifactError(`${path}: expected an object weight_map, got ${JSON.stringify(raw)}`);
  return new Map(
    Object.entries(raw).map(([name, shard]) => {
      if (typeof shard === "string" && /^[^/\\]+\.safetensors$/.test(shard)) return [name, shard];
      throw new ArtifactError(
        `${path}: expected ${name} in a *.safetensors file of the same folder, got ${JSON.stringify(shard)}`,
      );
    }),
  );
}

async function closeAll(files: Iterable<SafetensorsFile>): Promise<void> {
  await Promise.all([...new Set(files)].map((file) => file.close()));
}
