import { join } from "node:path";
import { readJson, writeJson } from "../artifact/jsonFile.ts";
import { withSafetensors, writeSafetensors, type SafetensorsFile } from "../artifact/safetensors.ts";
import { ArtifactError, ConfigError } from "../errors.ts";
import { parsePeftConfig } from "./peftConfig.ts";

/** One module's low-rank update: W' = W + scaling B A. */
export interface LoraFactors {
  readonly loraA: Float32Array; // [rank, dIn]
  readonly loraB: Float32Array; // [dOut, rank]
  readonly rank: number;
  readonly scaling: number; // alpha / rank, or alpha / sqrt(rank) with rslora
}

export interface PeftLora {
  readonly modules: ReadonlyMap<string, LoraFactors>; // by module name in the checkpoint
  /** whether adapter_config.json asks for an adapter on a module; null: any (an adapter of ours) */
  readonly targets: ((moduleName: string) => boolean) | null;
}

const tensorName = /^base_model\.model\.(.+)\.lora_([AB])(?:\.default)?\.weight$/;

/**
 * Read a LoRA adapter in peft's files: adapter_config.json and adapter_model.safetensors.
 *
 * @throws ConfigError    the config asks for something that is not implemented (by name)
 * @throws ArtifactError  a file is missing or cut short, a tensor has another name or rank, or A comes without B
 */
export async function readPeftLora(dir: string): Promise<PeftLora> {
  const where = join(dir, "adapter_config.json");
  const config = parsePeftConfig(await readJson(where), where);
  return withSafetensors(join(dir, "adapter_model.safetensors"), async (file) => {
    const modules = new Map<string, LoraFactors>();
    for (const [moduleName, halves] of pairedNames(file)) {
      const rank = config.rankOf(moduleName);
      const loraA = await readHalf(file, halves.get("A"), { moduleName, axis: 0, rank });
      const loraB = await readHalf(file, halves.get("B"), { moduleName, axis: 1, rank });
      modules.set(moduleName, { loraA, loraB, rank, scaling: config.scalingOf(moduleName) });
    }
    if (modules.size === 0)
      throw new ArtifactError(`${file.path}: expected LoRA tensors, got none; is this the right directory?`);
    if ([...modules.values()].every(({ loraA, loraB }) => isZero(loraA) || isZero(loraB)))
      throw new ArtifactError(
        `${file.path}: expected an adapter that changes the model, got factors of zeros in all ${modules.size} modules; was it saved before training?`,
      );
    return { modules, targets: config.targets };
  });
}

/**
 * Write a LoRA adapter as peft reads it, in float32; the same adapter gives the same bytes.
 *
 * @param baseModelName  what adapter_config.json names as the base model
 * @throws ConfigError  the modules do not share one rank and one scaling: such an adapter is not written
 */
export async function writePeftLora(
  dir: string,
  lora: Pick<PeftLora, "modules">,
  baseModelName: string,
): Promise<void> {
  const [first] = lora.modules.values();
  if (first === undefined) throw new ConfigError(`${dir}: expected a LoRA of at least one module, got none`);
  const tensors = new Map<string, { shape: number[]; data: Float32Array }>();
  for (const [moduleName, { loraA, loraB, rank, scaling }] of lora.modules) {
    if (rank !== first.rank || scaling !== first.scaling)
      throw new ConfigError(
        `${dir}: expected one rank and scaling (${first.rank}, ${first.scaling}) for all modules, got (${rank}, ${scaling}) for ${moduleName}`,
      );
    tensors.set(`base_model.model.${moduleName}.lora_A.weight`, { shape: [rank, loraA.length / rank], data: loraA });
    tensors.set(`base_model.model.${moduleName}.lora_B.weight`, { shape: [loraB.length / rank, rank], data: loraB });
  }
  await writeSafetensors(join(dir, "adapter_model.safetensors"), tensors, { format: "pt" });
  await writeJson(join(dir, "adapter_config.json"), {
    base_model_name_or_path: baseModelName,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    lora_alpha: first.scaling * first.rank,
    lora_dropout: 0,
    peft_type: "LORA",
    r: first.rank,
    target_modules: [
      ...new Set([...lora.modules.keys()].map((name) => name.slice(name.lastIndexOf(".") + 1))),
    ].toSorted(),
    task_type: "CAUSAL_LM",
    use_dora: false,
    use_rslora: false,
  });
}

function isZero(values: Float32Array): boolean {
  return values.every((value) => value === 0);
}

function pairedNames(file: SafetensorsFile): Map<string, Map<string, string>> {
  const paired = new Map<string, Map<string, string>>();
  for (const name of file.names) {
    const [, moduleName, half] = tensorName.exec(name) ?? [];
    if (/lora_embedding_|modules_to_save|embed_tokens|lm_head/.test(name))
      throw new ConfigError(
        `${file.path}: expected a LoRA of the wrapped Linears only, got ${name}: adapted or saved embeddings and heads are not implemented`,
      );
    if (moduleName === undefined || half === undefined)
      throw new ArtifactError(
        `${file.path}: expected tensors base_model.model.MODULE.lora_A.weight and lora_B.weight, got ${name}; other adapters are not implemented`,
      );
    paired.set(moduleName, (paired.get(moduleName) ?? new Map<string, string>()).set(half, name));
  }
  return paired;
}

interface Half {
  readonly moduleName: string;
  readonly axis: 0 | 1; // which axis is the rank
  readonly rank: number;
}

async function readHalf(
  file: SafetensorsFile,
  name: string | undefined,
  { moduleName, axis, rank }: Half,
): Promise<Float32Array> {
  if (name === undefined)
    throw new ArtifactError(
      `${file.path}: expected lora_A and lora_B of ${moduleName}, got only one of them; fetch or make the adapter again`,
    );
  const { shape } = file.info(name);
  if (shape.length !== 2 || shape[axis] !== rank)
    throw new ArtifactError(
      `${file.path}: expected ${name} to have rank ${rank} (adapter_config.json) on axis ${axis}, got [${shape.join(", ")}]`,
    );
  return file.readFloat32(name);
}
