import { modelHash } from "../artifact/sha256.ts";
import { ConfigError } from "../errors.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Qwen3Model } from "../decoder/model.ts";
import { stopIdsOf, type StopIds } from "../checkpoint/stopIds.ts";
import { loadTokenizer, type ChatTokenizer } from "../checkpoint/tokenizer.ts";
import { openModel } from "./openModel.ts";

/** A model ready to run, with what its artifacts must say of it. */
export interface LoadedModel {
  readonly checkpoint: Checkpoint;
  readonly model: Qwen3Model;
  readonly tokenizer: ChatTokenizer;
  /** where its generation ends */
  readonly stop: StopIds;
  /** of the checkpoint directory; a merged LoRA does not enter it */
  readonly hash: string;
}

/**
 * @param loraDir          a peft LoRA to merge into the weights as they are read (the teacher's), or null
 * @param beyondPositions  rows may be longer than the model's max_position_embeddings
 * @throws ConfigError, ArtifactError  the directory is not a Qwen3 model with its tokenizer, or the LoRA is not of it
 */
export async function loadModel(dir: string, loraDir: string | null, beyondPositions = false): Promise<LoadedModel> {
  const tokenizer = await loadTokenizer(dir);
  const { checkpoint, model } = await openModel(dir, loraDir, beyondPositions);
  expectIdsFit(dir, checkpoint, tokenizer);
  return { checkpoint, model, tokenizer, stop: stopIdsOf(checkpoint.config, tokenizer), hash: await modelHash(dir) };
}

function expectIdsFit(dir: string, { config }: Checkpoint, tokenizer: ChatTokenizer): void {
  if (tokenizer.idLimit > config.vocabSize)
    throw new ConfigError(
      `${dir}: expected token ids below vocab_size ${config.vocabSize}, got a tokenizer with ids up to ${tokenizer.idLimit - 1}; the tokenizer is another model's`,
    );
}
