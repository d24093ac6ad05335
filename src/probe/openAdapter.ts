import type { Adapter } from "../adapter/adapter.ts";
import { Lora } from "../adapter/lora.ts";
import type { LoraInit } from "../adapter/loraStart.ts";
import { openAntiPasto, type Student } from "./student.ts";
import type { Progress } from "./progress.ts";

/** Which knobs are trained. */
export type AdapterChoice = { readonly kind: "antipasto" } | ({ readonly kind: "lora" } & LoraInit);

/** The chosen adapter of a student, ready to use. */
export async function openAdapter(
  student: Pick<Student, "checkpoint" | "model">,
  choice: AdapterChoice,
  cacheDir: string,
  progress: Progress,
): Promise<Adapter> {
  if (choice.kind === "antipasto") return openAntiPasto(student, cacheDir, progress);
  return openLora(student, choice);
}

export function openLora({ model }: Pick<Student, "model">, init: LoraInit): Lora {
  const sizes = model.moduleNames.map((moduleName) => {
    const [dIn, dOut] = model.baseWeightT(moduleName).shape;
    return { moduleName, dIn, dOut };
  });
  return new Lora(sizes, init);
}
