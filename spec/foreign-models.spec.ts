import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withSafetensors, writeSafetensors, type WritableTensor } from "../src/artifact/safetensors.ts";
import { openCheckpoint } from "../src/checkpoint/checkpoint.ts";
import { readPeftLora } from "../src/checkpoint/peftLora.ts";
import { loadTokenizer } from "../src/checkpoint/tokenizer.ts";
import { openModel } from "../src/probe/openModel.ts";
import { loadModel } from "../src/probe/loadedModel.ts";
import { defaultMemoryBytes, startBackend } from "../src/tensor/backend.ts";

const miniature = fileURLToPath(new URL("../fixtures/miniature/", import.meta.url));
const folders: string[] = [];
beforeAll(() => startBackend({ name: "wasm", memoryBytes: defaultMemoryBytes, tensorflowFolder: null }));
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

type Json = Record<string, unknown>;
const without =
  (...keys: string[]) =>
  (json: Json): Json =>
    Object.fromEntries(Object.entries(json).filter(([key]) => !keys.includes(key)));

/** A copy of the miniature's student or teacher with one JSON file changed. */
async function changed(of: "student" | "teacher", file: string, change: (json: Json) => Json): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "foreign-"));
  folders.push(folder);
  await cp(join(miniature, of), folder, { recursive: true });
  const path = join(folder, file);
  const json = await readFile(path, "utf8").then((text): Json => JSON.parse(text));
  await writeFile(path, JSON.stringify(change(json)));
  return folder;
}

async function withTensors(folder: string, file: string, change: (tensors: Map<string, WritableTensor>) => void) {
  const path = join(folder, file);
  const tensors = await withSafetensors(path, async (open) => {
    const read = new Map<string, WritableTensor>();
    for (const name of open.names) read.set(name, { shape: open.info(name).shape, data: await open.readFloat32(name) });
    return read;
  });
  change(tensors);
  await writeSafetensors(path, tensors, { format: "pt" });
  return folder;
}

const messages = [
  { role: "system", content: "S" },
  { role: "user", content: "U" },
  { role: "assistant", content: "A" },
];
const options = { addGenerationPrompt: true, enableThinking: false };

describe("chat templates render as in transformers", () => {
  // ELSE a model is asked with a prompt that it was never trained on
  it.each([
    [
      "special tokens",
      "{{ bos_token }}{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}",
      "<|endoftext|>S<|im_end|>U<|im_end|>A<|im_end|>",
    ],
    ["a token without a role", "{{ unk_token }}x", "x"],
    [
      "continue",
      '{% for m in messages %}[{{ m.role }}{% if m.role == "user" %}{% continue %}{% endif %}]{% endfor %}',
      "[system][user[assistant]",
    ],
    [
      "break",
      "{% for m in messages %}{{ m.content }}{% if loop.index == 2 %}{% break %}{% endif %}{% else %}E{% endfor %}",
      "SU",
    ],
    [
      "break of the inner loop",
      "{% for a in [1, 2] %}{% for b in [1, 2, 3] %}{{ a }}{{ b }}{% if a == b %}{% break %}{% endif %},{% endfor %};{% endfor %}",
      "11;21,22;",
    ],
    [
      "values as Python prints them",
      "{{ none }} {{ true }} {{ [none, false, 'x', 1.0] }} {{ messages[0] }}",
      "None True [None, False, 'x', 1.0] {'role': 'system', 'content': 'S'}",
    ],
    ["tojson", "{{ messages[0] | tojson }}{{ none | tojson }}", '{"role": "system", "content": "S"}null'],
    [
      "tools and documents",
      "{{ tools }}{{ documents }}{% if tools is none and documents is defined %}D{% endif %}",
      "NoneNoneD",
    ],
    ["a text printed by a macro", "{% macro f(x) %}<{{ x }}>{% endmacro %}{{ f(true) }}{% set a = none %}", "<True>"],
  ])("%s", async (_, template, wanted) => {
    const dir = await changed("student", "tokenizer_config.json", (json) => ({
      ...json,
      chat_template: template,
      bos_token: "<|endoftext|>",
    }));
    expect((await loadTokenizer(dir)).renderChat(messages, options)).toBe(wanted);
  });

  it("special_tokens_map.json is read where tokenizer_config.json names none", async () => {
    const dir = await changed("student", "tokenizer_config.json", without("eos_token", "pad_token"));
    await writeFile(
      join(dir, "special_tokens_map.json"),
      '{"eos_token": {"content": "<|im_end|>"}, "pad_token": "<|endoftext|>"}',
    );
    const plain = await loadTokenizer(join(miniature, "student"));
    const { eosTokenId, padTokenId } = await loadTokenizer(dir);
    expect([eosTokenId, padTokenId]).toEqual([plain.eosTokenId, plain.padTokenId]);
  });
});

describe("hostile tokenizer files end in a coded error at once", () => {
  const added = (id: unknown) => (json: Json) => ({ ...json, added_tokens: [{ id, content: "x", special: true }] });
  it.each([
    ["an id of 1e9", "tokenizer.json", added(1e9)],
    ["an id that is no number", "tokenizer.json", added("7")],
    ["an id that is negative", "tokenizer.json", added(-1)],
    ["null among chat templates", "tokenizer_config.json", (json: Json) => ({ ...json, chat_template: [null] })],
    ["a template that is a number", "tokenizer_config.json", (json: Json) => ({ ...json, chat_template: 7 })],
  ] as const)("%s", async (_, file, change) => {
    await expect(loadTokenizer(await changed("student", file, change))).rejects.toMatchObject({ code: "E_CONFIG" });
  });

  it("a value nested 5,000 deep ends in a coded error of readable length", async () => {
    const dir = await changed("student", "config.json", (json) => json);
    const text = await readFile(join(dir, "config.json"), "utf8");
    await writeFile(
      join(dir, "config.json"),
      text.replace(/"hidden_size": ?\d+/, `"hidden_size": ${"[".repeat(5000)}${"]".repeat(5000)}`),
    );
    const failure = await openCheckpoint(dir).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ code: "E_ARTIFACT" });
    expect(String(failure).length).toBeLessThan(600);
  });
});

describe("a checkpoint's tensors are all used, and none differs from what the config says", () => {
  const tied = () => changed("student", "config.json", (json) => json);
  it("an equal copy of tied embeddings passes, another head is refused by name", async () => {
    const copy = await withTensors(await tied(), "model.safetensors", (tensors) =>
      tensors.set("lm_head.weight", tensors.get("model.embed_tokens.weight")!),
    );
    await expect(openCheckpoint(copy)).resolves.toBeDefined();
    const other = await withTensors(await tied(), "model.safetensors", (tensors) => {
      const { shape, data } = tensors.get("model.embed_tokens.weight")!;
      tensors.set("lm_head.weight", { shape, data: Float32Array.from(data, (x, i) => (i === 5 ? x + 1 : x)) });
    });
    await expect(openCheckpoint(other)).rejects.toThrow(/lm_head\.weight to be a copy of model\.embed_tokens\.weight/);
  });

  it("a tensor in a shard that the index does not list is refused", async () => {
    const dir = await tied();
    const names = await withSafetensors(join(dir, "model.safetensors"), async (file) => file.names);
    const weight_map = Object.fromEntries(names.slice(1).map((name) => [name, "part.safetensors"]));
    await writeFile(join(dir, "model.safetensors.index.json"), JSON.stringify({ weight_map }));
    await cp(join(dir, "model.safetensors"), join(dir, "part.safetensors"));
    await rm(join(dir, "model.safetensors"));
    await expect(openCheckpoint(dir)).rejects.toThrow(
      new RegExp(`got ${names[0]!.replaceAll(".", "\\.")} beside them`),
    );
  });

  it("a theta that is nowhere is refused", async () => {
    const dir = await changed("student", "config.json", without("rope_theta", "rope_parameters"));
    await expect(openCheckpoint(dir)).rejects.toThrow(/expected rope_theta/);
  });
});

describe("a LoRA's file, its config and the model agree", () => {
  const student = join(miniature, "student");
  const layer0 = "base_model.model.model.layers.0.";
  const cut = (keep: (name: string) => boolean) => async () =>
    withTensors(
      await changed("teacher", "adapter_config.json", (json) => json),
      "adapter_model.safetensors",
      (tensors) => {
        for (const name of tensors.keys()) if (!keep(name)) tensors.delete(name);
      },
    );
  const config = (change: Json) => () => changed("teacher", "adapter_config.json", (json) => ({ ...json, ...change }));

  // ELSE the teacher is nearly the base model, and R1 looks for the cause elsewhere
  it.each([
    [
      "one module of 21",
      cut((name) => name.startsWith(`${layer0}self_attn.q_proj`)),
      /the 21 modules that adapter_config\.json targets, got 1/,
    ],
    ["a layer missing", cut((name) => !name.includes("layers.2.")), /21 modules .*, got 14/],
    [
      "modules that the config does not target",
      config({ target_modules: ["q_proj"] }),
      /the config is of another adapter/,
    ],
    ["layers that it excludes", config({ layers_to_transform: [0, 1] }), /the config is of another adapter/],
    ["modules that it excludes", config({ exclude_modules: ["down_proj"] }), /the config is of another adapter/],
    ["an alpha of 0", config({ lora_alpha: 0 }), /would change nothing/],
  ] as const)("%s: refused by name", async (_, make, says) => {
    await expect(openModel(student, await make())).rejects.toThrow(says);
  });

  it.each([
    ["target_modules as a regular expression", { target_modules: ".*_proj" }],
    ["all-linear", { target_modules: "all-linear" }],
    ["a pattern that names the rank it has", { rank_pattern: { "layers\\.0\\.mlp\\..*": 16 } }],
  ])("%s: accepted", async (_, change) => {
    const { model } = await openModel(student, await config(change)());
    expect(model.moduleNames).toHaveLength(21);
    model.dispose();
  });

  it("factors of the transposed weight, factors of zeros, adapted embeddings: refused with the reason", async () => {
    const copy = () => changed("teacher", "adapter_config.json", (json) => json);
    const transposed = await withTensors(await copy(), "adapter_model.safetensors", (tensors) => {
      for (const half of ["A", "B"])
        tensors.set(
          `${layer0}mlp.gate_proj.lora_${half}.weight`,
          tensors.get(`${layer0}mlp.down_proj.lora_${half}.weight`)!,
        );
    });
    await expect(openModel(student, transposed)).rejects.toThrow(/its factors are transposed/);
    const zeros = await withTensors(await copy(), "adapter_model.safetensors", (tensors) => {
      for (const [name, { shape, data }] of tensors)
        if (name.includes("lora_B")) tensors.set(name, { shape, data: new Float32Array(data.length) });
    });
    await expect(readPeftLora(zeros)).rejects.toThrow(/factors of zeros in all 21 modules/);
    const head = await withTensors(await copy(), "adapter_model.safetensors", (tensors) =>
      tensors.set("base_model.model.lm_head.lora_A.weight", { shape: [1, 1], data: new Float32Array(1) }),
    );
    await expect(readPeftLora(head)).rejects.toThrow(/embeddings and heads are not implemented/);
  });
});

describe("stop ids", () => {
  const eos = (ids: unknown) => async () => {
    const dir = await changed("student", "config.json", (json) =>
      ids === null ? without("eos_token_id")(json) : { ...json, eos_token_id: ids },
    );
    await rm(join(dir, "generation_config.json"), { force: true });
    return dir;
  };
  // ELSE generation runs through the end of the turn, and R1 looks for the cause elsewhere
  it.each([
    ["none: the tokenizer's eos", eos(null), [637], /neither config\.json nor generation_config\.json/],
    [
      "one that is not the tokenizer's: followed, and said",
      eos(635),
      [635],
      /635 do not include the tokenizer's eos token 637/,
    ],
    ["several with the tokenizer's: nothing to say", eos([635, 637]), [635, 637], null],
  ] as const)("%s", async (_, make, ids, note) => {
    const { stop, model } = await loadModel(await make(), null);
    model.dispose();
    expect(stop.ids).toEqual(ids);
    if (note === null) expect(stop.note).toBeNull();
    else expect(stop.note).toMatch(note);
  });
});
