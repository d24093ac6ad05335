import { Command } from "commander";
import { writeJsonl } from "../artifact/jsonlGz.ts";
import { openModel } from "../probe/openModel.ts";
import { readTokenRows } from "../probe/tokenRows.ts";
import { generate } from "../decoder/generate.ts";
import { stopIdsOf } from "../checkpoint/stopIds.ts";
import { ConfigError } from "../errors.ts";
import { loadTokenizer } from "../checkpoint/tokenizer.ts";
import { count, integer, nonNegative, positive, wholeNumber } from "./options/numbers.ts";
import { startChosenBackend } from "./options/backend.ts";
import { resolveDir, withModel, type ModelOptions } from "./options/model.ts";
import { terminalProgress } from "./terminalProgress.ts";

interface GenerateOptions extends ModelOptions {
  readonly rows: string;
  readonly lora?: string;
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
  readonly batch: number;
  readonly stopId?: number[];
  readonly text: boolean;
  readonly out?: string;
}

/** `vhack generate`: complete any prompts. */
export function generateCommand(): Command {
  return withModel(new Command("generate"))
    .description("Complete prompts. The same seed gives the same tokens whatever the batch size.")
    .requiredOption("--rows <file.jsonl[.gz]>", "rows with prompt_ids, prompt or messages")
    .option("--lora <dir|hub id>", "a peft LoRA to merge first")
    .option("--max-new-tokens <n>", "longest completion", count, 768)
    .option("--temperature <x>", "0 takes the most likely token", nonNegative, 0)
    .option("--top-k <n>", "keep the k most likely tokens, 0 keeps all", wholeNumber, 0)
    .option("--top-p <x>", "nucleus, 1 keeps all", positive, 1)
    .option(
      "--stop-id <id...>",
      "token ids that end a completion (default: the model's eos ids)",
      (text, ids: number[] = []) => [...ids, wholeNumber(text)],
    )
    .option("--seed <n>", "seed of sampling", integer, 41)
    .option("--batch <rows>", "rows at once", count, 40)
    .option("--no-text", "ids only; needs no tokenizer")
    .option("--out <file.jsonl>", "where completions go (default: standard output)")
    .action(complete);
}

async function complete(options: GenerateOptions): Promise<void> {
  const progress = terminalProgress(process.stderr);
  await startChosenBackend(options);
  const resolve = (name: string) => resolveDir(name, options, progress);
  const dir = await resolve(options.model);
  const { checkpoint, model } = await openModel(
    dir,
    options.lora === undefined ? null : await resolve(options.lora),
    options.beyondPositions,
  );
  const rows = await readTokenRows(options.rows, {
    modelDir: dir,
    config: checkpoint.config,
    maxNewTokens: options.maxNewTokens,
  });
  const tokenizer = options.text ? await loadTokenizer(dir) : null;
  const stop = tokenizer === null ? null : stopIdsOf(checkpoint.config, tokenizer);
  const stopIds = options.stopId ?? stop?.ids ?? checkpoint.config.eosTokenIds;
  if (stopIds.length === 0)
    throw new ConfigError(
      `${dir}: expected an eos_token_id in config.json or generation_config.json, or --stop-id, got none; without --no-text the tokenizer's is used`,
    );
  if (options.stopId === undefined && stop !== null && stop.note !== null) progress.note(stop.note);
  const { maxNewTokens, temperature, topK, topP, seed, batch } = options;
  const settings = {
    maxNewTokens,
    temperature,
    topK,
    topP,
    seed,
    stopIds,
  };
  const task = progress.begin("generate", rows.length, "rows");
  const lines: object[] = [];
  for (let start = 0; start < rows.length; start += batch) {
    const chunk = rows.slice(start, start + batch).map(({ promptIds }, i) => ({ promptIds, key: String(start + i) }));
    for (const { completionIds, logps, stopped } of await generate(model, chunk, settings, () => undefined)) {
      const text = tokenizer === null ? {} : { completion: tokenizer.decode(completionIds, true) };
      const line = { row: lines.length, completion_ids: completionIds, ...text, logps, stopped };
      lines.push(line);
      if (options.out === undefined) console.log(JSON.stringify(line));
    }
    task.advance(chunk.length);
  }
  task.end();
  if (options.out !== undefined) await writeJsonl(options.out, lines);
}
