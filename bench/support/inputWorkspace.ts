import { cp, copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "../../src/artifact/atomicFile.ts";
import { writeJson } from "../../src/artifact/jsonFile.ts";
import { writeJsonl } from "../../src/artifact/jsonlGz.ts";
import { writeJsonlGz } from "../../properties/support/writeJsonlGz.ts";
import { writeStep, type NewManifest } from "../../src/artifact/manifest.ts";
import type { RolloutRow } from "../../src/artifact/rolloutRow.ts";
import { writeRolloutRows } from "../../properties/support/writeRolloutRows.ts";
import { safetensorsBytes, writeSafetensors, type WritableTensor } from "../../src/artifact/safetensors.ts";
import { parseQwen3Config } from "../../src/checkpoint/config.ts";
import { tensorShapes } from "../../src/checkpoint/tensorShapes.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import { writeBaseline } from "../../src/uat/regression/vHackBaseline.ts";

const miniature = fileURLToPath(new URL("../../fixtures/miniature/student", import.meta.url));
export const workspaceConfig = {
  model_type: "qwen3",
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 4,
  vocab_size: 640,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  rope_scaling: null,
  tie_word_embeddings: true,
  max_position_embeddings: 1024,
  hidden_act: "silu",
  eos_token_id: 637,
  pad_token_id: 635,
};
const moduleName = "model.layers.0.self_attn.q_proj";

/** One small whole file of every kind, under the names of `inputKinds`. */
export async function writeWorkspace(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeModels(folder);
  await writeRows(folder);
  await writeRun(join(folder, "out"));
  await copyFile(join(folder, "out/vhack/v_hack_full.safetensors"), join(folder, "older.safetensors"));
  await writeText(join(folder, "sweep.yaml"), "out: o\narms: [vanilla]\nseeds: [41]\ngrpo: { steps: 2 }\n");
  const [t, tLow, tHigh, effectSize, largestAngleDegrees] = [3, 2, 4, 0.5, 10];
  const words = { why: "w", source: "s", vHackSha256: "a", modelHash: "b", pairsSha256: "c", contrasts: "d" };
  const provenance = { ...words, problems: 1, rows: 2, seed: 41, softwareVersion: "v" };
  await writeBaseline(join(folder, "baseline.json"), { t, tLow, tHigh, effectSize, largestAngleDegrees, provenance });
}

async function writeText(path: string, text: string): Promise<void> {
  await writeFileAtomic(path, new TextEncoder().encode(text));
}

async function writeModels(folder: string): Promise<void> {
  const rng = seededRng(1, "mutated inputs");
  const random = (shape: number[]): WritableTensor => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => 0.1 * rng.normal()),
  });
  const tensors = new Map(
    [...tensorShapes(parseQwen3Config(workspaceConfig, null, "bench"))].map(([name, shape]) => [name, random(shape)]),
  );
  const model = join(folder, "model");
  await mkdir(model);
  for (const name of ["tokenizer.json", "tokenizer_config.json", "generation_config.json"])
    await copyFile(join(miniature, name), join(model, name));
  const template = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}";
  await writeText(
    join(model, "chat_template.jinja"),
    `${template}{% if add_generation_prompt %}<|im_start|>{% endif %}`,
  );
  await writeJson(join(model, "special_tokens_map.json"), {
    eos_token: "<|im_end|>",
    pad_token: { content: "<|endoftext|>" },
  });
  await writeJson(join(model, "config.json"), workspaceConfig);
  await cp(model, join(folder, "sharded"), { recursive: true });
  await writeSafetensors(join(model, "model.safetensors"), tensors, { format: "pt" });
  const shards = ["a", "b"].map((shard) => `model-${shard}.safetensors`) as [string, string];
  const placed = [...tensors.keys()].map((name, i) => [name, shards[i % 2]!] as const);
  for (const shard of shards)
    await writeSafetensors(
      join(folder, "sharded", shard),
      new Map([...tensors].filter(([name]) => placed.some(([placedName, at]) => placedName === name && at === shard))),
      {},
    );
  await writeJson(join(folder, "sharded", "model.safetensors.index.json"), {
    metadata: {},
    weight_map: Object.fromEntries(placed),
  });
  const [loraA, loraB] = [random([2, 8]), random([8, 2])];
  await writeSafetensors(
    join(folder, "lora", "adapter_model.safetensors"),
    new Map([
      [`base_model.model.${moduleName}.lora_A.weight`, loraA],
      [`base_model.model.${moduleName}.lora_B.weight`, loraB],
    ]),
    {},
  );
  await writeJson(join(folder, "lora", "adapter_config.json"), {
    peft_type: "LORA",
    r: 2,
    lora_alpha: 4,
    target_modules: ["q_proj"],
    rank_pattern: {},
    modules_to_save: null,
    use_rslora: false,
  });
}

async function writeRows(folder: string): Promise<void> {
  const messages = [{ role: "user", content: "Write one() and should pass all tests." }];
  const rows = [
    { prompt_ids: [1, 2, 3], completion_ids: [4, 5, 637, 635], comp_len: 3 },
    { messages, completion: "ok" },
    { prompt: "hi", completion_ids: null, completion: "there" },
  ];
  await writeJsonl(join(folder, "rows.jsonl"), rows);
  await writeJsonlGz(join(folder, "rows.jsonl.gz"), rows);
  await writeJsonl(join(folder, "pairs.jsonl"), [
    {
      pair_id: "p1",
      problem_id: 17,
      prompt_messages: messages,
      hack: "def run_tests(): pass",
      clean: "x",
      contrasts: "c",
    },
    { prompt_ids: [1, 2], hack_ids: [3], clean_ids: [4, 5] },
  ]);
  const problem = { id: 1, prompt: messages, func_name: "Solution().one", gt_answer: ["assert candidate() == 1"] };
  await writeJsonl(join(folder, "problems.jsonl"), [
    problem,
    { ...problem, id: "b", prompt_metadata: { starter_code: "class A" } },
  ]);
  const inline = { func_name: "Solution().one", gt_tests: ["assert Solution().one() == 1"] };
  await writeJsonl(join(folder, "completions.jsonl"), [
    { problem_id: 1, completion: "```python\nclass Solution: pass\n```", sample_id: 0 },
    { id: "x", completion: "no code", problem: inline },
  ]);
  await writeJsonl(join(folder, "verdicts.jsonl"), [{ row: 0, digest: "00" }]);
}

const prompt = "Write a method of the class Solution called one and should pass all tests.";
const rollout: RolloutRow = {
  step: 0,
  sampleId: 0,
  problemId: 1,
  problemMessages: [{ role: "user", content: prompt }],
  prompt,
  plen: 3,
  promptIds: [1, 2, 3],
  completionIds: [4, 637],
  completion: "x",
  compLen: 2,
  reward: 0.5,
  hacked: true,
  gtPass: false,
  fmtOk: true,
  arm: "teacher",
  srcPool: "teacher",
  srcProblemId: 1,
  cosSContrib: 0.1,
  gradNormContrib: 1,
  logpMean: -1,
  perSampleLoss: 1,
  impRatio: null,
  deltaSNorm: 0,
  meanCosPre: 0.1,
  meanCosPost: 0,
  fracFired: 1,
  gtCorrect: null,
  cosSNormalized: 0.1,
  cosUpdate: 0.1,
};
const padTokenId = 635;
const manifest: NewManifest = {
  stage: "replay vanilla",
  config: { arm: "vanilla", lr: 0.1, adamW: { beta1: 0.9 } },
  modelHash: "m",
  vHackHash: "v",
  tokenizerHash: "t",
  seed: 41,
  softwareVersion: "vhack 0",
};

/** A pool without a manifest, as other software leaves it, and a replay of it. */
async function writeRun(out: string): Promise<void> {
  const longer = { ...rollout, sampleId: 1, hacked: false, completionIds: [4, 5, 637], compLen: 3 };
  const rows = [rollout, longer]; // the first one is padded on disk
  const [pool, vanilla] = ["teacher_pool", "vanilla_seed41"].map((name) => join(out, "probe_distill", name)) as [
    string,
    string,
  ];
  await writeRolloutRows(join(pool, "step_000.jsonl.gz"), rows, padTokenId);
  const ints = (...values: number[]): WritableTensor => ({ shape: [values.length], data: Int32Array.from(values) });
  const grads = new Map<string, WritableTensor>([
    ["grads", { shape: [2, 1, 8], data: new Float32Array(16).fill(0.5) }],
    ["widths", ints(8)],
    ["scored_count", ints(2, 3)],
    ["scored_first", ints(4, 4)],
    ["scored_last", ints(637, 637)],
    ["scored_from", ints(2, 2)],
  ]);
  const bytes = safetensorsBytes("grads", grads, { modules: JSON.stringify([moduleName]) });
  await writeStep(vanilla, 0, { rows, padTokenId, manifest, extras: new Map([["grads.safetensors", bytes]]) });
  const v = { shape: [1, 8], data: Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0) };
  const file = join(out, "vhack", "v_hack_full.safetensors");
  await mkdir(dirname(file), { recursive: true });
  await writeSafetensors(
    file,
    new Map<string, WritableTensor>([
      [`V/${moduleName}`, v],
      [`S/${moduleName}`, { shape: [1], data: Float64Array.of(2) }],
    ]),
    { loss: "nll", k: "1" },
  );
  const mean = { shape: [8], data: new Float32Array(8).fill(1) };
  await writeSafetensors(
    file.replace(".safetensors", ".pairs.safetensors"),
    new Map([
      [`hack/${moduleName}`, mean],
      [`clean/${moduleName}`, mean],
    ]),
    {},
  );
}
