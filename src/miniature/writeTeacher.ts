import { writePeftLora } from "../checkpoint/peftLora.ts";
import type { LoraTrainable } from "./train/trainLora.ts";

/** Write a trained LoRA as a peft directory. */
export async function writeTeacher(
  folder: string,
  { rank, factors }: LoraTrainable,
  values: Float32Array,
  alpha: number,
): Promise<void> {
  const modules = factors.map(({ weightName, dOut, startA, startB }) => {
    const [loraA, loraB] = [values.slice(startA, startB), values.slice(startB, startB + dOut * rank)];
    return [weightName.replace(/\.weight$/, ""), { loraA, loraB, rank, scaling: alpha / rank }] as const;
  });
  await writePeftLora(folder, { modules: new Map(modules) }, "../student");
}
