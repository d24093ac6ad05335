import type { Adapter } from "../adapter/adapter.ts";
import { AntiPasto } from "../adapter/antipasto.ts";
import { Lora } from "../adapter/lora.ts";
import type { LoraInit } from "../adapter/loraStart.ts";
import { weightSvds } from "../adapter/weightSvd/weightSvdCache.ts";
import type { Progress } from "./progress.ts";
import type { LoadedModel } from "./loadedModel.ts";

/** Which knobs are trained. */
export type AdapterChoice = { readonly kind: "antipasto" } | ({ readonly kind: "lora" } & LoraInit);

/** The chosen adapter of a model, ready to use. */
export async function openAdapter(
  student: Pick<LoadedModel, "checkpoint" | "model">,
  choice: AdapterChoice,
  cacheDir: string,
  progress: Progress,
): Promise<Adapter> {
  if (choice.kind === "antipasto") return openAntiPasto(student, cacheDir, progress);
  return openLora(student, choice);
}

/** The AntiPaSTO adapter of a model; its SVDs come from the cache or are computed into it. */
export async function openAntiPasto(
  { checkpoint, model }: Pick<LoadedModel, "checkpoint" | "model">,
  cacheDir: string,
  progress: Progress,
): Promise<AntiPasto> {
  const task = progress.begin("weight SVDs", model.moduleNames.length, "modules");
  const weights = model.moduleNames.map((moduleName) => {
    const [rows, cols] = checkpoint.shape(`${moduleName}.weight`) as [number, number];
    return { moduleName, rows, cols, read: () => checkpoint.read(`${moduleName}.weight`) };
  });
  const svds = await weightSvds(weights, cacheDir, () => task.advance(1));
  task.end();
  return new AntiPasto(model.moduleNames, svds);
}

/** The LoRA adapter of a model. @throws ConfigError  a rank, alpha or standard deviation that makes no LoRA */
export function openLora({ model }: Pick<LoadedModel, "model">, init: LoraInit): Lora {
  const sizes = model.moduleNames.map((moduleName) => {
    const [dIn, dOut] = model.baseWeightT(moduleName).shape;
    return { moduleName, dIn, dOut };
  });
  return new Lora(sizes, init);
}
