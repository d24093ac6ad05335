import { ConfigError } from "../errors.ts";
import { tensorShapes } from "../checkpoint/tensorShapes.ts";
import { linearNames } from "./block.ts";
import type { WeightSource } from "./model.ts";
import type { PeftLora } from "../checkpoint/peftLora.ts";

/**
 * A checkpoint with a LoRA folded in, tensor by tensor, as it is read.
 *
 *     W' = W + scaling B A        [dOut, dIn], products summed in float64
 *
 * @throws ConfigError  the LoRA adapts a module that the checkpoint does not have or its config does not name, lacks one that its config
 *                      names, or has factors of another shape
 */
export function mergedSource(base: WeightSource, lora: PeftLora, where: string): WeightSource {
  expectKnownModules(base, lora, where);
  const shapes = tensorShapes(base.config);
  return {
    config: base.config,
    async read(name) {
      const weight = await base.read(name);
      const factors = lora.modules.get(name.replace(/\.weight$/, ""));
      if (factors === undefined) return weight;
      const { loraA, loraB, rank, scaling } = factors;
      const [dIn, dOut] = [loraA.length / rank, loraB.length / rank];
      const [rows, cols] = shapes.get(name)!;
      if (dOut !== rows || dIn !== cols)
        throw new ConfigError(
          `${where}: expected a LoRA of ${name} [${rows}, ${cols}], got factors of [${dOut}, ${dIn}]; it was made for another model, or its factors are transposed`,
        );
      return merged(weight, loraA, loraB, { dIn, rank, scaling });
    },
  };
}

function merged(
  weight: Float32Array,
  loraA: Float32Array,
  loraB: Float32Array,
  { dIn, rank, scaling }: { dIn: number; rank: number; scaling: number },
): Float32Array {
  const result = new Float32Array(weight.length);
  const row = new Float64Array(dIn);
  for (let o = 0; o * dIn < weight.length; o++) {
    row.fill(0);
    for (let q = 0; q < rank; q++) {
      const b = loraB[o * rank + q]!;
      for (let i = 0; i < dIn; i++) row[i]! += b * loraA[q * dIn + i]!;
    }
    for (let i = 0; i < dIn; i++) result[o * dIn + i] = weight[o * dIn + i]! + scaling * row[i]!;
  }
  return result;
}

function expectKnownModules(base: WeightSource, lora: PeftLora, where: string): void {
  const known = new Set(
    Array.from({ length: base.config.numHiddenLayers }, (_, layer) =>
      linearNames.map((name) => `model.layers.${layer}.${name}`),
    ).flat(),
  );
  for (const moduleName of lora.modules.keys())
    if (!known.has(moduleName))
      throw new ConfigError(
        `${where}: expected LoRA modules among the model's ${known.size} wrapped Linears, got ${moduleName}; it was made for another model`,
      );
  const { targets } = lora;
  if (targets === null) return;
  const wanted = [...known].filter(targets);
  const missing = wanted.filter((name) => !lora.modules.has(name));
  if (missing.length > 0)
    throw new ConfigError(
      `${where}: expected the ${wanted.length} modules that adapter_config.json targets, got ${lora.modules.size}: ${missing[0]} is missing ` +
        `(and ${missing.length - 1} more); the file was cut or filtered. Save the adapter again`,
    );
  const unasked = [...lora.modules.keys()].find((name) => !targets(name));
  if (unasked !== undefined)
    throw new ConfigError(
      `${where}: expected the modules that adapter_config.json targets and no other, got ${unasked}; the config is of another adapter`,
    );
}
