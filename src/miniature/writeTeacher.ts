import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../artifact/atomicFile.ts";
import { writeSafetensors } from "../artifact/safetensors.ts";
import type { LoraTrainable } from "./train/trainLora.ts";

/** Write a trained LoRA as a peft directory. */
export async function writeTeacher(
  folder: string,
  lora: LoraTrainable,
  values: Float32Array,
  alpha: number,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { rank, factors } = lora;
  const tensors = new Map(
    factors.flatMap(({ weightName, dIn, dOut, startA, startB }) => {
      const key = `base_model.model.${weightName.replace(/\.weight$/, "")}`;
      return [
        [`${key}.lora_A.weight`, { shape: [rank, dIn], data: values.slice(startA, startB) }],
        [`${key}.lora_B.weight`, { shape: [dOut, rank], data: values.slice(startB, startB + dOut * rank) }],
      ] as const;
    }),
  );
  const modules = [...new Set(factors.map(({ weightName }) => weightName.split(".").at(-2)!))].toSorted();
  const config = {
    base_model_name_or_path: "../student",
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    lora_alpha: alpha,
    lora_dropout: 0,
    peft_type: "LORA",
    r: rank,
    target_modules: modules,
    task_type: "CAUSAL_LM",
    use_dora: false,
    use_rslora: false,
  };
  await writeSafetensors(join(folder, "adapter_model.safetensors"), tensors, { format: "pt" });
  await writeFileAtomic(join(folder, "adapter_config.json"), Buffer.from(`${JSON.stringify(config, null, 2)}\n`));
}
