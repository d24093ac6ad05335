import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const student = fileURLToPath(new URL("../../fixtures/miniature/student", import.meta.url));

/** Copies of the miniature's student in `folder`, each with one thing wrong; by what is wrong. */
export function brokenModels(folder: string) {
  const copy = (name: string): string => {
    cpSync(student, join(folder, name), { recursive: true });
    return join(folder, name);
  };
  const cutShort = copy("cutShort");
  truncateSync(join(cutShort, "model.safetensors"), 500_000);
  const oneLayerMore = copy("oneLayerMore");
  editConfig(oneLayerMore, (config) => ({ ...config, num_hidden_layers: 4 }));
  const slidingWindow = copy("slidingWindow");
  editConfig(slidingWindow, (config) => ({ ...config, use_sliding_window: true }));
  const withoutTokenizer = copy("withoutTokenizer");
  rmSync(join(withoutTokenizer, "tokenizer.json"));
  const holdsNaN = copy("holdsNaN");
  overwriteWeight(holdsNaN, "model.layers.1.mlp.up_proj.weight", Number.NaN);
  const another = copy("another");
  overwriteWeight(another, "model.layers.1.mlp.up_proj.weight", 0.123);
  return { cutShort, oneLayerMore, slidingWindow, withoutTokenizer, holdsNaN, another };
}

function editConfig(dir: string, edit: (config: Record<string, unknown>) => Record<string, unknown>): void {
  const path = join(dir, "config.json");
  writeFileSync(path, JSON.stringify(edit(JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>)));
}

/** The first entry of a float32 tensor becomes `value`. */
function overwriteWeight(dir: string, name: string, value: number): void {
  const path = join(dir, "model.safetensors");
  const bytes = readFileSync(path);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + headerLength).toString("utf8")) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  bytes.writeFloatLE(value, 8 + headerLength + header[name]!.data_offsets[0]);
  writeFileSync(path, bytes);
}
