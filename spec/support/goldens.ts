import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";
import { knobLayout, type KnobLayout } from "../../src/adapter/knobTable.ts";
import { openSafetensors } from "../../src/artifact/safetensors.ts";
import type { Sequence } from "../../src/decoder/raggedBatch.ts";

const goldens = new URL("../../../shared/goldens/", import.meta.url);

/** Absolute path of a file of the goldens folder. */
export function goldenPath(path: string): string {
  return fileURLToPath(new URL(path, goldens));
}

/** Declare tests over a golden JSON file, or say plainly that it is absent. */
export function describeGolden(path: string, declare: (golden: unknown) => void): void {
  const found = existsSync(goldenPath(path));
  if (!found) console.error(`../shared absent: goldens/${path} not run`);
  describe(`goldens/${path}`, () => {
    if (found) declare(JSON.parse(readFileSync(goldenPath(path), "utf8")));
    else it("../shared absent: not run", (context) => context.skip());
  });
}

/** Declare tests over a part that a set may lack (bf16, sharded, config_transformers5.json), or say plainly that it does. */
export function withGoldenPart(path: string, declare: () => void): void {
  if (existsSync(goldenPath(path))) declare();
  else {
    console.error(`goldens/${path} absent: not run`);
    it(`goldens/${path} absent: not run`, (context) => context.skip());
  }
}

/** Every set_* folder that is there; set_a when none is, so that its absence is reported. */
export function goldenSets(): string[] {
  const found = existsSync(goldens) ? readdirSync(goldens).filter((name) => name.startsWith("set_")) : [];
  return found.length > 0 ? found : ["set_a"];
}

/** Where a module lies in a flat vector over all modules. */
export interface GoldenModule {
  readonly name: string;
  readonly r: number;
  readonly offset: number;
}

export interface GoldenTensor {
  readonly values: Float32Array;
  readonly rows: number; // leading dimension; 1 for a vector
}

export function goldenLayout(modules: readonly GoldenModule[]): KnobLayout {
  return knobLayout(modules.map(({ name, r }) => ({ moduleName: name, width: r })));
}

/** The tensors of a set's expected.safetensors whose names start with one of the prefixes. */
export async function readGoldenTensors(
  set: string,
  prefixes: readonly string[],
): Promise<(name: string) => GoldenTensor> {
  const file = await openSafetensors(goldenPath(`${set}/expected.safetensors`));
  const tensors = new Map<string, GoldenTensor>();
  for (const name of file.names.filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))) {
    const { shape } = file.info(name);
    tensors.set(name, { values: await file.readFloat32(name), rows: shape.length === 1 ? 1 : shape[0]! });
  }
  await file.close();
  return (name) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new Error(`goldens/${set}/expected.safetensors holds no ${name}`);
    return tensor;
  };
}

/**
 * Whether a module's gradient is zero whatever the weights: the q and k of sequences of which only position 0 predicts (one
 * prompt token, one completion token), since attention over one position does not depend on them. What a float32 engine or
 * the reference gives there is noise, which has no relative error.
 */
export function isAnalyticallyZero(moduleName: string, sequences: readonly Sequence[]): boolean {
  const onlyFirstPredicts = sequences.every(
    ({ promptIds, completionIds }) => promptIds.length === 1 && completionIds.length === 1,
  );
  return onlyFirstPredicts && /\.(q|k)_proj$/.test(moduleName);
}

/** Flat vectors over all modules, one per row, as tables. [rows, R] -> [rows, M, P] */
export function tableOfFlat(modules: readonly GoldenModule[], flat: ArrayLike<number>, rows: number): Float64Array {
  const { P } = goldenLayout(modules);
  const R = flat.length / rows;
  const table = new Float64Array(rows * modules.length * P);
  for (let b = 0; b < rows; b++)
    modules.forEach(({ r, offset }, m) => {
      for (let j = 0; j < r; j++) table[(b * modules.length + m) * P + j] = flat[b * R + offset + j]!;
    });
  return table;
}

/** One table as a flat vector over all modules. [M, P] -> [R] */
export function flatOfTable(modules: readonly GoldenModule[], table: ArrayLike<number>): Float64Array {
  const { P } = goldenLayout(modules);
  return Float64Array.from(modules.flatMap(({ r }, m) => Array.from({ length: r }, (_, j) => table[m * P + j]!)));
}
