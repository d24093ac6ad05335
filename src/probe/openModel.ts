import { openCheckpoint, type Checkpoint } from "../qwen3/checkpoint.ts";
import { mergedSource } from "../qwen3/mergedSource.ts";
import { Qwen3Model } from "../qwen3/model.ts";
import { readPeftLora } from "../qwen3/peftLora.ts";

/**
 * A model without its tokenizer, for rows that bring their ids.
 *
 * @param loraDir  a peft LoRA to merge into the weights as they are read (the teacher's), or null
 * @throws ConfigError, ArtifactError  the directory is not a Qwen3 checkpoint, or the LoRA is not of it
 */
export async function openModel(dir: string, loraDir: string | null): Promise<{ checkpoint: Checkpoint; model: Qwen3Model }> {
  const checkpoint = await openCheckpoint(dir);
  const source = loraDir === null ? checkpoint : mergedSource(checkpoint, await readPeftLora(loraDir), loraDir);
  return { checkpoint, model: await Qwen3Model.load(source) };
}
