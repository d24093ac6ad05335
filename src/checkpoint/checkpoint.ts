import { join } from "node:path";
import { fileExists } from "../artifact/fileExists.ts";
import { readJson, readJsonIfPresent } from "../artifact/jsonFile.ts";
import { withSafetensors } from "../artifact/safetensors.ts";
import { describedType, floatTypes, type StoredType } from "../artifact/storedTypes.ts";
import { ArtifactError, ConfigError, quoted } from "../errors.ts";
import { parseQwen3Config, type Qwen3Config } from "./config.ts";
import { tensorShapes } from "./tensorShapes.ts";

/** A Qwen3 checkpoint in Hugging Face form; tensors are read one at a time, by their names on disk. No file stays open. */
export class Checkpoint {
  readonly dir: string;
  readonly config: Qwen3Config;
  /** The tensors that the config implies, in checkpoint order. */
  readonly tensorNames: readonly string[];
  readonly #placeOf: ReadonlyMap<string, TensorPlace>;

  constructor(
    dir: string,
    config: Qwen3Config,
    tensorNames: readonly string[],
    placeOf: ReadonlyMap<string, TensorPlace>,
  ) {
    this.dir = dir;
    this.config = config;
    this.tensorNames = tensorNames;
    this.#placeOf = placeOf;
  }

  /** The same, for rows of any length. */
  withoutPositionLimit(): Checkpoint {
    const config = { ...this.config, maxPositionEmbeddings: Number.POSITIVE_INFINITY };
    return new Checkpoint(this.dir, config, this.tensorNames, this.#placeOf);
  }

  /** @throws ArtifactError  there is no such tensor */
  shape(name: string): readonly number[] {
    return this.#place(name).shape;
  }

  /**
   * The tensor in float32, row-major.
   *
   * @throws ArtifactError  there is no such tensor, it holds integers, or its file has changed since the checkpoint was opened
   */
  read(name: string): Promise<Float32Array> {
    const { path, shape } = this.#place(name);
    return withSafetensors(path, async (file) => {
      const found = file.info(name).shape;
      if (found.join() !== shape.join())
        throw new ArtifactError(
          `${path}: expected ${name} [${shape.join(", ")}] as when the checkpoint was opened, got [${found.join(", ")}]; the file was replaced`,
        );
      return file.readFloat32(name);
    });
  }

  #place(name: string): TensorPlace {
    const place = this.#placeOf.get(name);
    if (place !== undefined) return place;
    throw new ArtifactError(
      `${this.dir}: expected a tensor ${name}, got none of that name; names are those of the checkpoint, such as ${this.tensorNames[0]}`,
    );
  }
}

/** The file that holds a tensor, and its type and shape there. */
interface TensorPlace {
  readonly path: string;
  readonly dtype: StoredType;
  readonly shape: readonly number[];
}

/**
 * Open a checkpoint directory: config.json, generation_config.json where there is one, and one or several safetensors.
 *
 * Checked: every tensor that the config implies is there with the shape that it implies, and no other is, but a copy of tied
 * embeddings. A head that differs from them is refused: transformers 5 would use it, 4 would not.
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
  const placeOf = await findTensors(dir);
  const shapes = tensorShapes(config);
  for (const [name, shape] of shapes) expectTensor(dir, name, shape, placeOf.get(name));
  expectNoOther(dir, shapes, placeOf, config);
  if (config.tieWordEmbeddings) await expectCopyOfEmbeddings(dir, placeOf);
  return new Checkpoint(dir, config, [...shapes.keys()], placeOf);
}

function expectTensor(dir: string, name: string, shape: readonly number[], place: TensorPlace | undefined): void {
  const expected = `${dir}: expected tensor ${name} [${shape.join(", ")}], as config.json implies`;
  if (place === undefined) throw new ConfigError(`${expected}, got none; config and weights are not of one model`);
  if (!floatTypes.includes(place.dtype))
    throw new ConfigError(`${expected}, in ${floatTypes.join(" ")}, got ${describedType(place.dtype)}`);
  const found = place.shape;
  if (found.length !== shape.length || found.some((size, axis) => size !== shape[axis]))
    throw new ConfigError(
      `${expected}, got [${found.join(", ")}] in ${place.path}; config and weights are not of one model`,
    );
}

function expectNoOther(
  dir: string,
  shapes: ReadonlyMap<string, unknown>,
  placeOf: ReadonlyMap<string, unknown>,
  config: Qwen3Config,
): void {
  for (const name of placeOf.keys()) {
    const copyOfTied = config.tieWordEmbeddings && name === "lm_head.weight";
    if (!shapes.has(name) && !copyOfTied)
      throw new ConfigError(
        `${dir}: expected the ${shapes.size} tensors that config.json implies, got ${name} beside them; it would be ignored`,
      );
  }
}

async function expectCopyOfEmbeddings(dir: string, placeOf: ReadonlyMap<string, TensorPlace>): Promise<void> {
  const head = placeOf.get("lm_head.weight");
  if (head === undefined) return;
  const embeddings = placeOf.get("model.embed_tokens.weight")!;
  const [a, b] = await Promise.all([hashOf(head, "lm_head.weight"), hashOf(embeddings, "model.embed_tokens.weight")]);
  if (a !== b)
    throw new ConfigError(
      `${dir}: expected lm_head.weight to be a copy of model.embed_tokens.weight, since config.json says tie_word_embeddings, got other values; ` +
        "if the head is meant, set tie_word_embeddings to false, otherwise remove lm_head.weight",
    );
}

/** Of type, shape and bytes. */
function hashOf({ path }: TensorPlace, name: string): Promise<string> {
  return withSafetensors(path, (file) => file.hash(name));
}

async function findTensors(dir: string): Promise<Map<string, TensorPlace>> {
  const single = join(dir, "model.safetensors");
  if (await fileExists(single)) return placesIn(single);
  const indexPath = `${single}.index.json`;
  if (await fileExists(indexPath)) return placesInShards(dir, indexPath);
  throw new ArtifactError(
    `${dir}: expected model.safetensors or model.safetensors.index.json, got neither; convert other formats with save_pretrained(safe_serialization=True)`,
  );
}

function placesIn(path: string): Promise<Map<string, TensorPlace>> {
  return withSafetensors(path, async (file) => new Map(file.names.map((name) => [name, { path, ...file.info(name) }])));
}

async function placesInShards(dir: string, indexPath: string): Promise<Map<string, TensorPlace>> {
  const weightMap = parseWeightMap(await readJson(indexPath), indexPath);
  const shards = new Map<string, Map<string, TensorPlace>>();
  for (const shard of new Set(weightMap.values())) {
    const places = await placesIn(join(dir, shard));
    const unlisted = [...places.keys()].find((name) => weightMap.get(name) !== shard);
    if (unlisted !== undefined)
      throw new ArtifactError(
        `${indexPath}: expected every tensor of ${shard} to be listed there, got ${unlisted} beside them; it would be ignored. Fetch the model again`,
      );
    shards.set(shard, places);
  }
  return new Map(
    [...weightMap].map(([name, shard]) => {
      const place = shards.get(shard)!.get(name);
      if (place !== undefined) return [name, place];
      throw new ArtifactError(
        `${indexPath}: expected tensor ${name} in ${shard}, got none there; fetch the model again`,
      );
    }),
  );
}

/** A shard is a plain file name: an index must not lead out of its directory. */
function parseWeightMap(index: unknown, path: string): Map<string, string> {
  const raw: unknown =
    typeof index === "object" && index !== null && "weight_map" in index ? index.weight_map : undefined;
  if (typeof raw !== "object" || raw === null)
    throw new ArtifactError(`${path}: expected an object weight_map, got ${quoted(raw)}`);
  return new Map(
    Object.entries(raw).map(([name, shard]) => {
      if (typeof shard === "string" && /^[^/\\]+\.safetensors$/.test(shard)) return [name, shard];
      throw new ArtifactError(
        `${path}: expected ${name} in a *.safetensors file of the same folder, got ${quoted(shard)}`,
      );
    }),
  );
}
