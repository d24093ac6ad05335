import { openCheckpoint, type Checkpoint } from "../checkpoint/checkpoint.ts";
import { mergedSource } from "../decoder/mergedSource.ts";
import { Qwen3Model } from "../decoder/model.ts";
import { readPeftLora } from "../checkpoint/peftLora.ts";

/**
 * A model without its tokenizer, for rows that bring their ids.
 *
 * @param loraDir          a peft LoRA to merge into the weights as they are read (the teacher's), or null
 * @param beyondPositions  rows may be longer than the model's max_position_embeddings
 * @throws ConfigError, ArtifactError  the directory is not a Qwen3 checkpoint, or the LoRA is not of it
 */
export async function openModel(
  dir: string,
  loraDir: string | null,
  beyondPositions = false,
): Promise<{ checkpoint: Checkpoint; model: Qwen3Model }> {
  const limited = await openCheckpoint(dir);
  const checkpoint = beyondPositions ? limited.withoutPositionLimit() : limited;
  const source = loraDir === null ? checkpoint : mergedSource(checkpoint, await readPeftLora(loraDir), loraDir);
  return { checkpoint, model: await Qwen3Model.load(source) };
}
