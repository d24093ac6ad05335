import { openCheckpoint, type Checkpoint } from "../checkpoint/checkpoint.ts";
import { mergedSource } from "../decoder/mergedSource.ts";
import { Qwen3Model } from "../decoder/model.ts";
import { readPeftLora } from "../checkpoint/peftLora.ts";

/**
 * A model without its tokenizer, for rows that bring their ids.
 *
 * @param loraDir  a peft LoRA to merge into the weights as they are read (the teacher's), or null
 * @throws ConfigError, ArtifactError  the directory is not a Qwen3 checkpoint, or the LoRA is not of it
 */
export async function openModel(
  dir: string,
  loraDir: string | null,
): Promise<{ checkpoint: Checkpoint; model: Qwen3Model }> {
  const checkpoint = await openCheckpoint(dir);
  const source = loraDir === null ? checkpoint : mergedSource(checkpoint, await readPeftLora(loraDir), loraDir);
  return { checkpoint, model: await Qwen3Model.load(source) };
}
