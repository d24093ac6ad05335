import { join } from "node:path";
import { JsonlAppender } from "../../src/artifact/jsonlAppender.ts";
import { readManifest, readStep, stepIsComplete } from "../../src/artifact/manifest.ts";
import { pairMeansPath, stepPaths } from "../../src/artifact/runLayout.ts";
import { readSweep } from "../../src/cli/sweep/sweepFile.ts";
import { parseQwen3Config } from "../../src/checkpoint/config.ts";
import { raggedBatch } from "../../src/decoder/raggedBatch.ts";
import { applyHint } from "../../src/environment/hint.ts";
import { readProblems } from "../../src/environment/problem.ts";
import { finishedSteps } from "../../src/probe/steps.ts";
import { readPool } from "../../src/probe/grading/gradePool.ts";
import { readGradeRows } from "../../src/probe/grading/gradeRows.ts";
import { silentProgress } from "../../src/probe/progress.ts";
import { scoreRows } from "../../src/probe/scoreRows.ts";
import { loadModel } from "../../src/probe/loadedModel.ts";
import { readTokenRows } from "../../src/probe/tokenRows.ts";
import { readEvidence } from "../../src/uat/evidence/readEvidence.ts";
import { readBaseline } from "../../src/uat/regression/vHackBaseline.ts";
import { compareVHack } from "../../src/vhack/compareVHack.ts";
import { readPairMeans } from "../../src/vhack/pairMeansFile.ts";
import { readPairs } from "../../src/vhack/pairs.ts";
import { readVHack } from "../../src/vhack/vHackFile.ts";
import { workspaceConfig } from "./inputWorkspace.ts";
import type { InputForm } from "./mutations.ts";

/** A file that a user hands over, and what the program does with it before and while it is used. */
export interface InputKind {
  readonly name: string;
  /** path in the workspace */
  readonly file: string;
  readonly form: InputForm;
  /** @throws ProbeError  where the file is refused; anything else is a fault */
  read(workspace: string): Promise<void>;
}

const messages = [{ role: "user", content: "Write `add(a, b)` and should pass all tests 12.5 \u00a0é" }];

/** Open the model, render a prompt, encode it, score it, decode it. */
async function useModel(dir: string, loraDir: string | null): Promise<void> {
  const { model, tokenizer } = await loadModel(dir, loraDir);
  try {
    const promptIds = tokenizer.encode(
      tokenizer.renderChat(messages, { addGenerationPrompt: true, enableThinking: false }),
    );
    const completionIds = tokenizer.encode("def add(a, b): return a + b");
    await scoreRows(model, [{ promptIds, completionIds }], { rowsAtOnce: 1, progress: silentProgress });
    tokenizer.decode([...completionIds, tokenizer.eosTokenId], true);
  } finally {
    model.dispose();
  }
}

const model = (workspace: string) => useModel(join(workspace, "model"), null);
const sharded = (workspace: string) => useModel(join(workspace, "sharded"), null);
const adapted = (workspace: string) => useModel(join(workspace, "model"), join(workspace, "lora"));

async function evidence(workspace: string): Promise<void> {
  const out = join(workspace, "out");
  const pool = join(out, "probe_distill", "teacher_pool");
  const vanilla = join(out, "probe_distill", "vanilla_seed41");
  await readEvidence(out, 41, null);
  await readPairMeans(pairMeansPath(join(workspace, vHack)));
  await readStep(pool, 0);
  await readPool(pool);
  if (!(await stepIsComplete(vanilla, 0))) return;
  const identity = await readManifest(stepPaths(vanilla, 0).manifest);
  await finishedSteps({ folder: vanilla, identity }, [0]);
}

async function rows(path: string, workspace: string): Promise<void> {
  const read = await readTokenRows(path, {
    modelDir: join(workspace, "model"),
    config: rowsConfig,
    maxNewTokens: null,
  });
  const scored = read.filter(({ completionIds }) => completionIds.length > 0);
  if (scored.length > 0) raggedBatch(scored);
}

async function appended(path: string): Promise<void> {
  const file = await JsonlAppender.open(path);
  await file.append({ row: 1 });
  await file.close();
}

async function compared(workspace: string): Promise<void> {
  const [older, newer] = [
    await readVHack(join(workspace, "older.safetensors")),
    await readVHack(join(workspace, vHack)),
  ];
  compareVHack(older.modules, newer.modules);
}

/** As the workspace's model has it; opening it for every file of rows would take most of the time. */
const rowsConfig = parseQwen3Config({ ...workspaceConfig }, null, "workspace");

const vHack = "out/vhack/v_hack_full.safetensors";
const step = "out/probe_distill/vanilla_seed41/step_000";

function kind(file: string, form: InputForm, read: InputKind["read"]): InputKind {
  return { name: file, file, form, read };
}

export const inputKinds: readonly InputKind[] = [
  kind("model/config.json", "json", model),
  kind("model/generation_config.json", "json", model),
  kind("model/tokenizer.json", "json", model),
  kind("model/tokenizer_config.json", "json", model),
  kind("model/special_tokens_map.json", "json", model),
  kind("model/chat_template.jinja", "text", model),
  kind("model/model.safetensors", "safetensors", model),
  kind("sharded/model.safetensors.index.json", "json", sharded),
  kind("lora/adapter_config.json", "json", adapted),
  kind("lora/adapter_model.safetensors", "safetensors", adapted),
  kind("rows.jsonl", "jsonl", (workspace) => rows(join(workspace, "rows.jsonl"), workspace)),
  kind("rows.jsonl.gz", "jsonl.gz", (workspace) => rows(join(workspace, "rows.jsonl.gz"), workspace)),
  kind("pairs.jsonl", "jsonl", async (workspace) => void (await readPairs(join(workspace, "pairs.jsonl")))),
  kind("problems.jsonl", "jsonl", async (workspace) =>
    (await readProblems(join(workspace, "problems.jsonl"))).forEach(applyHint),
  ),
  kind("completions.jsonl", "jsonl", async (workspace) => {
    await readGradeRows(join(workspace, "completions.jsonl"), join(workspace, "problems.jsonl"));
  }),
  kind("verdicts.jsonl", "jsonl", (workspace) => appended(join(workspace, "verdicts.jsonl"))),
  kind("sweep.yaml", "text", async (workspace) => void (await readSweep(join(workspace, "sweep.yaml")))),
  kind("baseline.json", "json", async (workspace) => void (await readBaseline(join(workspace, "baseline.json")))),
  kind(vHack, "safetensors", compared),
  kind(`${vHack.replace(/\.safetensors$/, "")}.pairs.safetensors`, "safetensors", evidence),
  kind("out/probe_distill/teacher_pool/step_000.jsonl.gz", "jsonl.gz", evidence),
  kind(`${step}.manifest.json`, "json", evidence),
  kind(`${step}.grads.safetensors`, "safetensors", evidence),
];
